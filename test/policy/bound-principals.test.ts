import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  GetRoleCommand,
} from '@aws-sdk/client-iam'
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  ListGrantsCommand,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms'
import {
  AddPermissionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  type LambdaClient,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand as PutSecretPolicyCommand,
} from '@aws-sdk/client-secrets-manager'
import { GetResourcePoliciesCommand, PutResourcePolicyCommand } from '@aws-sdk/client-ssm'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import type { Strongroom } from '../../src/server/server.ts'
import { type ClientCredentials, clientsOf, credentialsOf, startTestServer } from '../fixtures/clients.ts'
import { functionRole, functionsOn, lambdaClient } from '../fixtures/functions.ts'
import { get, put } from '../fixtures/parameters.ts'

// Every service that stores a policy with principals: a user or role made later under the name of a deleted one is not meant.

let server: Strongroom
let root: ReturnType<typeof clientsOf>
let lambda: LambdaClient
before(async () => {
  server = await startTestServer()
  root = clientsOf(server)
  lambda = lambdaClient(server)
})
after(() => server.stop())

type Clients = ReturnType<typeof clientsOf> & { lambda: LambdaClient }

const clientsWith = (credentials: ClientCredentials): Clients => ({
  ...clientsOf(server, credentials),
  lambda: lambdaClient({ ...server, credentials }),
})

/** A user or role that can be made, used, deleted and made again under its name. */
interface Actor {
  arn: string
  make(): Promise<{ id: string | undefined; clients: Clients; remove(): Promise<unknown> }>
}

const user = (UserName: string): Actor => ({
  arn: `arn:aws:iam::${server.accountId}:user/${UserName}`,
  make: async () => {
    const { User } = await root.iam.send(new CreateUserCommand({ UserName }))
    const { AccessKey } = await root.iam.send(new CreateAccessKeyCommand({ UserName }))
    const { AccessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
    const remove = async () => {
      await root.iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
      await root.iam.send(new DeleteUserCommand({ UserName }))
    }
    return { id: User?.UserId, clients: clientsWith({ accessKeyId: AccessKeyId, secretAccessKey }), remove }
  },
})

const role = (RoleName: string): Actor => ({
  arn: `arn:aws:iam::${server.accountId}:role/${RoleName}`,
  make: async () => {
    const helper = await user(`assumes-${RoleName}`).make()
    const trust = statement({ Principal: { AWS: helper.id }, Action: 'sts:AssumeRole' })
    const { Role } = await root.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))
    const assume = new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'session' })
    const clients = clientsWith(credentialsOf((await helper.clients.sts.send(assume)).Credentials))
    const remove = async () => {
      await root.iam.send(new DeleteRoleCommand({ RoleName }))
      await helper.remove()
    }
    return { id: Role?.RoleId, clients, remove }
  },
})

const statement = (...given: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: given.map((each) => ({ Effect: 'Allow', ...each })) })

const principalsOf = (policy: string | undefined): unknown[] =>
  JSON.parse(policy ?? '').Statement.map(({ Principal }: { Principal: { AWS: unknown } }) => Principal.AWS)

/** A resource with a policy that names one principal. */
interface Guarded {
  /** Names the principal in the policy. */
  admit(arn: string): Promise<unknown>
  /** What the policy shows. */
  shown(): Promise<unknown>
  use(clients: Clients): Promise<unknown>
  /** What a service answers that is given a principal that does not exist. */
  refusal: { name: string; message?: RegExp }
}

const services: Record<string, (label: string) => Promise<Guarded>> = {
  'a key policy': async () => {
    const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({}))
    const KeyId = KeyMetadata?.KeyId
    const account = { Principal: { AWS: `arn:aws:iam::${server.accountId}:root` }, Action: 'kms:*', Resource: '*' }
    return {
      admit: (arn) => {
        const Policy = statement(account, { Principal: { AWS: arn }, Action: 'kms:DescribeKey', Resource: '*' })
        return root.kms.send(new PutKeyPolicyCommand({ KeyId, Policy }))
      },
      shown: async () => principalsOf((await root.kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy)[1],
      use: ({ kms }) => kms.send(new DescribeKeyCommand({ KeyId })),
      refusal: { name: 'MalformedPolicyDocumentException' },
    }
  },
  'a grant': async () => {
    const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({}))
    const KeyId = KeyMetadata?.KeyId
    return {
      admit: (GranteePrincipal) =>
        root.kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['DescribeKey'] })),
      shown: async () => (await root.kms.send(new ListGrantsCommand({ KeyId }))).Grants?.[0]?.GranteePrincipal,
      use: ({ kms }) => kms.send(new DescribeKeyCommand({ KeyId })),
      refusal: { name: 'InvalidArnException' },
    }
  },
  'the policy of a secret': async (label) => {
    const { ARN: SecretId } = await root.secrets.send(new CreateSecretCommand({ Name: `bound-${label}` }))
    return {
      admit: (arn) => {
        const Action = 'secretsmanager:DescribeSecret'
        const ResourcePolicy = statement({ Principal: { AWS: arn }, Action, Resource: '*' })
        return root.secrets.send(new PutSecretPolicyCommand({ SecretId, ResourcePolicy }))
      },
      shown: async () =>
        principalsOf((await root.secrets.send(new GetResourcePolicyCommand({ SecretId }))).ResourcePolicy)[0],
      use: ({ secrets }) => secrets.send(new DescribeSecretCommand({ SecretId })),
      refusal: { name: 'MalformedPolicyDocumentException', message: /unsupported principal/ },
    }
  },
  'the policy of a parameter': async (label) => {
    const name = `/bound/${label}`
    await put(root.ssm, name, { Tier: 'Advanced' })
    const ResourceArn = `arn:aws:ssm:${server.region}:${server.accountId}:parameter${name}`
    // Beside another policy, so that the two are joined.
    const other = statement({
      Principal: { AWS: server.accountId },
      Action: 'ssm:GetParameters',
      Resource: ResourceArn,
    })
    await root.ssm.send(new PutResourcePolicyCommand({ ResourceArn, Policy: other }))
    return {
      admit: (arn) => {
        const Policy = statement({ Principal: { AWS: arn }, Action: 'ssm:GetParameter', Resource: ResourceArn })
        return root.ssm.send(new PutResourcePolicyCommand({ ResourceArn, Policy }))
      },
      shown: async () => {
        const { Policies = [] } = await root.ssm.send(new GetResourcePoliciesCommand({ ResourceArn }))
        return Policies.map(({ Policy }) => principalsOf(Policy)[0]).find((named) => !String(named).endsWith(':root'))
      },
      use: ({ ssm }) => get(ssm, ResourceArn),
      refusal: { name: 'MalformedResourcePolicyDocumentException', message: /Invalid principal in policy/ },
    }
  },
  'the policy of a function': async (label) => {
    const FunctionName = `bound-${label}`
    const { create } = functionsOn(server, await functionRole(server, FunctionName))
    await create(FunctionName, { 'index.mjs': 'export const handler = async () => 1' })
    const StatementId = 's'
    return {
      admit: (Principal) => {
        const Action = 'lambda:GetFunctionConfiguration'
        return lambda.send(new AddPermissionCommand({ FunctionName, StatementId, Action, Principal }))
      },
      shown: async () => principalsOf((await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy)[0],
      use: (clients) => clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
      refusal: { name: 'InvalidParameterValueException' },
    }
  },
  'a trust policy': async (label) => {
    const RoleName = `trusting-${label}`
    const RoleArn = `arn:aws:iam::${server.accountId}:role/${RoleName}`
    return {
      admit: (arn) => {
        const AssumeRolePolicyDocument = statement({ Principal: { AWS: arn }, Action: 'sts:AssumeRole' })
        return root.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
      },
      shown: async () => {
        const { Role } = await root.iam.send(new GetRoleCommand({ RoleName }))
        return principalsOf(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))[0]
      },
      use: ({ sts }) => sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session' })),
      refusal: { name: 'MalformedPolicyDocumentException', message: /Invalid principal in policy/ },
    }
  },
}

for (const [what, guard] of Object.entries(services)) {
  for (const [kind, actorNamed] of Object.entries({ user, role })) {
    test(`${what} means the ${kind} that it named, not another one made later under the name`, async () => {
      const label = `${kind}-${Object.keys(services).indexOf(what)}`
      const actor = actorNamed(label)
      const guarded = await guard(label)
      await assert.rejects(guarded.admit(actor.arn), guarded.refusal)
      const first = await actor.make()
      await guarded.admit(actor.arn)
      await guarded.use(first.clients)
      assert.equal(await guarded.shown(), actor.arn)
      await first.remove()
      assert.match(first.id ?? '', /^A(IDA|ROA)/)
      assert.equal(await guarded.shown(), first.id)
      const second = await actor.make()
      await assert.rejects(guarded.use(second.clients), { name: /^AccessDenied(Exception)?$/ })
      assert.equal(await guarded.shown(), first.id)
      await second.remove()
    })
  }
}

test('a statement of a function for the one who had a name before stays without effect when the next one is let in', async () => {
  const FunctionName = 'bound-twice'
  const { create } = functionsOn(server, await functionRole(server, FunctionName))
  await create(FunctionName, { 'index.mjs': 'export const handler = async () => 1' })
  const actor = user('twice')
  const admit = (StatementId: string) => {
    const Action = `lambda:${StatementId}`
    return lambda.send(new AddPermissionCommand({ FunctionName, StatementId, Action, Principal: actor.arn }))
  }
  const shown = async () => principalsOf((await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy)
  const first = await actor.make()
  await admit('GetFunctionConfiguration')
  await first.remove()
  const second = await actor.make()
  await admit('GetPolicy')
  assert.deepEqual(await shown(), [first.id, actor.arn])
  await second.clients.lambda.send(new GetPolicyCommand({ FunctionName }))
  const read = new GetFunctionConfigurationCommand({ FunctionName })
  await assert.rejects(second.clients.lambda.send(read), { name: 'AccessDeniedException' })
  await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 'GetPolicy' }))
  assert.deepEqual(await shown(), [first.id])
})
