import { callerOf, callFixture, FixedClock, rootOf, userOf } from '../../../test/fixtures/call.ts'
import { hourSeconds } from '../../core/durations.ts'
import type { IdentityDirectory, IdentityRole, NamedPolicy } from '../../core/identity.ts'
import type { Permission } from '../../core/operation.ts'
import type { Caller, SignedPrincipal } from '../../core/principal.ts'
import { createSessionTokens } from '../../crypto/session-token.ts'
import { randomSealer, testStore } from '../../storage/testing.ts'
import { type StsContext, stsContext } from './sts-context.ts'
import { stsOperations } from './sts-service.ts'

type Operations = typeof stsOperations
type InputOf<Name extends keyof Operations> = Parameters<Operations[Name]['handle']>[1]
type OutputOf<Name extends keyof Operations> = Awaited<ReturnType<Operations[Name]['handle']>>

export const accountId = '111122223333'
export const otherAccountId = '444455556666'

export const root: Caller = callerOf(rootOf(accountId))
export const alice: Caller = callerOf(userOf(accountId, 'alice'))
export const aliceArn = `arn:aws:iam::${accountId}:user/alice`

export const policyOf = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })

export const roleOf = (name: string, role: Partial<IdentityRole> = {}): IdentityRole => ({
  accountId,
  arn: `arn:aws:iam::${role.accountId ?? accountId}:role/${name}`,
  roleId: 'AROARTX3GSDSQDEPLOY11',
  roleName: name.slice(name.lastIndexOf('/') + 1),
  trustPolicy: policyOf({ Effect: 'Allow', Principal: { AWS: aliceArn }, Action: 'sts:*' }),
  maxSessionSeconds: hourSeconds,
  tags: {},
  ...role,
})

// STS keeps nothing.
const unusedStore = testStore()

/** STS over roles and policies that a test lays down. Operations are called as the gateway calls them, all allowed. */
export async function stsFixture({
  roles = [],
  policies = [],
}: {
  roles?: IdentityRole[]
  policies?: (NamedPolicy & { arn: string })[]
} = {}) {
  const store = await unusedStore
  const clock = new FixedClock()
  const sealer = randomSealer()
  const tokens = createSessionTokens(sealer)
  const identity: IdentityDirectory = {
    policiesOf: async () => ({ identity: [] }),
    resourceControlOf: async () => undefined,
    findRole: async (roleArn) => roles.find(({ arn }) => arn === roleArn),
    findUser: async () => undefined,
    resolvePrincipal: async () => undefined,
    principalArn: async () => undefined,
    managedPolicy: async (arn) => policies.find((policy) => policy.arn === arn),
    noteUse: () => undefined,
  }

  const contextOf = (operation: string, caller: Caller): StsContext =>
    stsContext(
      { identity, tokens, sealer },
      callFixture({ store, clock, service: 'sts', operation, caller, region: 'eu-west-1' }),
    )

  /** What a caller would need to be allowed. */
  async function permissions<Name extends keyof Operations>(
    name: Name,
    input: InputOf<Name>,
    caller = alice,
    context = contextOf(name, caller),
  ): Promise<readonly Permission[]> {
    // Each entry takes its own input; which one, the compiler cannot tell for a name that is a parameter.
    const { permissions: decide } = stsOperations[name] as {
      permissions: 'none' | ((context: StsContext, input: InputOf<Name>) => Permission[] | Promise<Permission[]>)
    }
    return decide === 'none' ? [] : decide(context, input)
  }

  async function call<Name extends keyof Operations>(
    name: Name,
    input: InputOf<Name>,
    caller = alice,
  ): Promise<OutputOf<Name>> {
    const context = contextOf(name, caller)
    await permissions(name, input, caller, context)
    const { handle } = stsOperations[name] as unknown as {
      handle(context: StsContext, input: InputOf<Name>): Promise<OutputOf<Name>>
    }
    return handle(context, input)
  }

  return { clock, identity, sealer, tokens, roles, contextOf, permissions, call, opened: opener(tokens) }
}

type Shown = { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string; Expiration?: Date }

/** Opens the token of an answer, and makes its holder a caller. */
const opener = (tokens: ReturnType<typeof createSessionTokens>) => (shown: Shown | undefined) => {
  const { AccessKeyId = '', SessionToken = '' } = shown ?? {}
  const sealed = tokens.open(SessionToken, AccessKeyId)
  if (!sealed) throw new Error('the token of the answer does not open')
  const caller: Caller & { principal: SignedPrincipal } = {
    principal: sealed.principal,
    accessKeyId: AccessKeyId,
    session: sealed.session,
    principalTags: {},
  }
  return { ...sealed, caller }
}
