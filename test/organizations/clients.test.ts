import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import { CreateAccessKeyCommand, CreateUserCommand, ListUsersCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, EncryptCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms'
import * as client from '@aws-sdk/client-organizations'
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateSecretCommand, GetSecretValueCommand, PutResourcePolicyCommand } from '@aws-sdk/client-secrets-manager'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Strongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { type ClientCredentials, clientsOf, credentialsOf, policy, startTestServer } from '../fixtures/clients.ts'
import { aws, clientEnvironment, missing, run } from '../fixtures/foreign.ts'

const [management, member, outside] = ['111122223333', '444455556666', '777788889999']

let server: Strongroom
let root: string
let organizationId: string

const rootOf = (accountId: string): ClientCredentials => {
  const found = server.accounts.find((account) => account.accountId === accountId)
  if (!found) throw new Error(`no account ${accountId}`)
  return found
}

const organizationsOf = (credentials: ClientCredentials, region = 'eu-west-1') =>
  new client.OrganizationsClient({ endpoint: server.endpoint, region, credentials, maxAttempts: 1 })

const s3Of = (credentials: ClientCredentials) =>
  new S3Client({ endpoint: server.endpoint, region: server.region, credentials, maxAttempts: 1, forcePathStyle: true })

before(async () => {
  server = await startTestServer({ accountId: management, accounts: [member, outside], logLevel: 'error' })
  const org = organizationsOf(server.credentials)
  const { Organization } = await org.send(new client.CreateOrganizationCommand({ FeatureSet: 'ALL' }))
  organizationId = Organization?.Id ?? ''
  const { Handshake } = await org.send(
    new client.InviteAccountToOrganizationCommand({ Target: { Id: member, Type: 'ACCOUNT' } }),
  )
  await organizationsOf(rootOf(member)).send(new client.AcceptHandshakeCommand({ HandshakeId: Handshake?.Id }))
  root = (await org.send(new client.ListRootsCommand({}))).Roots?.[0]?.Id ?? ''
  for (const PolicyType of ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'] as const) {
    await org.send(new client.EnablePolicyTypeCommand({ RootId: root, PolicyType }))
  }
})
after(() => server.stop())

/** Makes a user with permission for everything. */
async function userIn(accountId: string, UserName: string): Promise<ClientCredentials> {
  const { iam } = clientsOf(server, rootOf(accountId))
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument: policy({ Action: '*' }) }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

/** Makes a policy, and has it attached while the work is done. */
async function whileAttached(
  Type: client.PolicyType,
  statement: object,
  TargetId: string,
  work: (policyArn: string) => Promise<void>,
): Promise<void> {
  const org = organizationsOf(server.credentials)
  const { Policy } = await org.send(
    new client.CreatePolicyCommand({ Type, Name: `${Type}-${TargetId}`, Description: '', Content: policy(statement) }),
  )
  const { Id: PolicyId, Arn = '' } = Policy?.PolicySummary ?? {}
  await org.send(new client.AttachPolicyCommand({ PolicyId, TargetId }))
  try {
    await work(Arn)
  } finally {
    await org.send(new client.DetachPolicyCommand({ PolicyId, TargetId }))
    await org.send(new client.DeletePolicyCommand({ PolicyId }))
  }
}

test('a service control policy denies in the member, leaves the management account alone, and is gone when it is detached', async () => {
  const [inMember, inManagement] = [await userIn(member, 'alice'), await userIn(management, 'bob')]
  const keyOf = async (credentials: ClientCredentials) => {
    const { kms } = clientsOf(server, credentials)
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    return () => kms.send(new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('x') }))
  }
  const encrypt = await keyOf(inMember)
  const [asRoot, elsewhere] = [await keyOf(rootOf(member)), await keyOf(inManagement)]
  await whileAttached('SERVICE_CONTROL_POLICY', { Effect: 'Deny', Action: 'kms:Encrypt' }, root, async (policyArn) => {
    for (const each of [encrypt, asRoot]) {
      await assert.rejects(each(), (error: Error & { $metadata: { requestId?: string } }) => {
        assert.equal(error.name, 'AccessDeniedException')
        assert.match(
          error.message,
          /is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:.* with an explicit deny in a service control policy: /,
        )
        assert.ok(error.message.endsWith(policyArn))
        return true
      })
    }
    await elsewhere()
  })
  await encrypt()
})

/** Asks, as the root user of the member, why a request was denied. */
async function explanationOf(requestId: string): Promise<string> {
  const [{ hostname, host }, path] = [new URL(server.endpoint), `/_strongroom/explain/${requestId}`]
  const credentials = rootOf(member)
  const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 'strongroom', sha256: Sha256 })
  const signed = await signer.sign({ method: 'GET', protocol: 'http:', hostname, path, headers: { host } })
  return (await fetch(server.endpoint + path, { headers: signed.headers })).text()
}

test('a denial by organization policies explains itself', async () => {
  const { iam } = clientsOf(server, rootOf(member))
  await whileAttached(
    'SERVICE_CONTROL_POLICY',
    { Effect: 'Deny', Action: 'iam:ListUsers' },
    member,
    async (policyArn) => {
      const denied = (await iam.send(new ListUsersCommand({})).catch((error) => error)) as {
        message: string
        $metadata: { requestId?: string }
      }
      assert.match(denied.message, /with an explicit deny in a service control policy/)
      const text = await explanationOf(denied.$metadata.requestId ?? '')
      assert.match(text, /explicitly denies iam:ListUsers/)
      assert.ok(text.includes(policyArn))
    },
  )
})

test('a resource control policy keeps an outsider from a bucket, a key and a secret of the member, and lets the organization in', async () => {
  const [owner, outsider, insider] = [rootOf(member), await userIn(outside, 'eve'), await userIn(management, 'ida')]
  const open = (Action: string, Resource: string) => policy({ Principal: '*', Action, Resource })
  const [s3, { kms, secrets }] = [s3Of(owner), clientsOf(server, owner)]
  await s3.send(new CreateBucketCommand({ Bucket: 'of-the-member' }))
  await s3.send(new PutObjectCommand({ Bucket: 'of-the-member', Key: 'k', Body: 'content' }))
  const Policy = open('s3:GetObject', 'arn:aws:s3:::of-the-member/*')
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'of-the-member', Policy })).catch(async (refused) => {
    // Public policies are kept out by default: name the accounts.
    assert.match(refused.name, /AccessDenied/)
    const principals = [outside, management].map((id) => `arn:aws:iam::${id}:root`)
    const named = policy({
      Principal: { AWS: principals },
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::of-the-member/*',
    })
    await s3.send(new PutBucketPolicyCommand({ Bucket: 'of-the-member', Policy: named }))
  })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const KeyId = KeyMetadata?.Arn
  const keyPolicy = { KeyId, PolicyName: 'default', Policy: open('kms:*', '*') }
  await kms.send(new PutKeyPolicyCommand({ ...keyPolicy, BypassPolicyLockoutSafetyCheck: true }))
  const { ARN: SecretId } = await secrets.send(
    new CreateSecretCommand({ Name: 'of-the-member', SecretString: 's', KmsKeyId: KeyId }),
  )
  const principals = [outside, management].map((id) => `arn:aws:iam::${id}:root`)
  const ResourcePolicy = policy({ Principal: { AWS: principals }, Action: 'secretsmanager:GetSecretValue' })
  await secrets.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }))
  const uses = (credentials: ClientCredentials) => {
    const clients = clientsOf(server, credentials)
    return [
      () => s3Of(credentials).send(new GetObjectCommand({ Bucket: 'of-the-member', Key: 'k' })),
      () => clients.kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') })),
      () => clients.secrets.send(new GetSecretValueCommand({ SecretId })),
    ]
  }
  for (const use of [...uses(outsider), ...uses(insider)]) await use()
  const perimeter = {
    ...{ Effect: 'Deny', Principal: '*', Action: ['s3:*', 'kms:*', 'secretsmanager:*'] },
    Condition: {
      StringNotEqualsIfExists: { 'aws:PrincipalOrgID': organizationId },
      BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
    },
  }
  await whileAttached('RESOURCE_CONTROL_POLICY', perimeter, root, async () => {
    for (const use of uses(outsider)) await assert.rejects(use(), { name: /^AccessDenied/ })
    for (const use of uses(insider)) await use()
  })
  for (const use of uses(outsider)) await use()
})

/** Asks for an account and waits until it is there. */
async function created(AccountName: string): Promise<string> {
  const org = organizationsOf(server.credentials)
  const { CreateAccountStatus } = await org.send(
    new client.CreateAccountCommand({ AccountName, Email: `${AccountName}@example.com` }),
  )
  const describe = new client.DescribeCreateAccountStatusCommand({ CreateAccountRequestId: CreateAccountStatus?.Id })
  const done = await eventually(
    async () => (await org.send(describe)).CreateAccountStatus,
    (status) => status?.State !== 'IN_PROGRESS',
  )
  assert.equal(done?.State, 'SUCCEEDED')
  return done.AccountId ?? ''
}

test('an account that was created is used at once: by the role that it was made with, and by its root', async () => {
  const accountId = await created('Created')
  const operator = clientsOf(server, await userIn(management, 'operator'))
  const { Credentials } = await operator.sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole`,
      RoleSessionName: 'setup',
    }),
  )
  const inside = clientsOf(server, credentialsOf(Credentials))
  assert.equal((await inside.sts.send(new GetCallerIdentityCommand({}))).Account, accountId)
  await inside.kms.send(new CreateKeyCommand({}))
  // In a development server the key of a root is the account id.
  const asRoot = clientsOf(server, { accessKeyId: accountId, secretAccessKey: 'test' })
  assert.equal((await asRoot.sts.send(new GetCallerIdentityCommand({}))).Arn, `arn:aws:iam::${accountId}:root`)
  const wrong = clientsOf(server, { accessKeyId: accountId, secretAccessKey: 'wrong' })
  await assert.rejects(wrong.sts.send(new GetCallerIdentityCommand({})), { name: 'SignatureDoesNotMatch' })
})

test('errors have their reasons as members', async () => {
  const org = organizationsOf(server.credentials)
  await assert.rejects(org.send(new client.DescribeAccountCommand({ AccountId: 'x' })), (error) => {
    assert.ok(error instanceof client.InvalidInputException)
    assert.equal(error.Reason, 'INVALID_PATTERN')
    assert.equal(error.message, 'You provided a value that does not match the required pattern.')
    return true
  })
})

const noBoto3 = missing('python3', '-c', 'import boto3')

/** The calls of Terraform's resources for organizations, in their order: create, wait, read, change, destroy. */
const program = `
import boto3, json, time
org = boto3.client('organizations')
root = org.list_roots()['Roots'][0]['Id']
def pages(name, key, **kwargs):
    return [item for page in org.get_paginator(name).paginate(PaginationConfig={'PageSize': 1}, **kwargs) for item in page[key]]
# aws_organizations_organizational_unit
unit = org.create_organizational_unit(ParentId=root, Name='boto', Tags=[{'Key': 'team', 'Value': 'red'}])['OrganizationalUnit']
assert org.describe_organizational_unit(OrganizationalUnitId=unit['Id'])['OrganizationalUnit']['Arn'] == unit['Arn']
assert [each['Id'] for each in pages('list_organizational_units_for_parent', 'OrganizationalUnits', ParentId=root)] == [unit['Id']]
assert pages('list_parents', 'Parents', ChildId=unit['Id']) == [{'Id': root, 'Type': 'ROOT'}]
assert org.list_tags_for_resource(ResourceId=unit['Id'])['Tags'] == [{'Key': 'team', 'Value': 'red'}]
# aws_organizations_account
status = org.create_account(Email='boto@example.com', AccountName='boto', RoleName='Admin', IamUserAccessToBilling='ALLOW')['CreateAccountStatus']
while status['State'] == 'IN_PROGRESS':
    time.sleep(0.05)
    status = org.describe_create_account_status(CreateAccountRequestId=status['Id'])['CreateAccountStatus']
assert status['State'] == 'SUCCEEDED', status
account = status['AccountId']
org.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit['Id'])
shown = org.describe_account(AccountId=account)['Account']
assert (shown['Name'], shown['Email'], shown['Status'], shown['JoinedMethod']) == ('boto', 'boto@example.com', 'ACTIVE', 'CREATED'), shown
assert account in [each['Id'] for each in pages('list_accounts', 'Accounts')]
assert [each['Id'] for each in pages('list_accounts_for_parent', 'Accounts', ParentId=unit['Id'])] == [account]
assert pages('list_children', 'Children', ParentId=unit['Id'], ChildType='ACCOUNT') == [{'Id': account, 'Type': 'ACCOUNT'}]
# aws_organizations_policy and its attachment
content = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Deny', 'Action': 'iam:*', 'Resource': '*'}]})
policy = org.create_policy(Content=content, Description='', Name='boto', Type='SERVICE_CONTROL_POLICY')['Policy']['PolicySummary']
org.attach_policy(PolicyId=policy['Id'], TargetId=unit['Id'])
assert [each['TargetId'] for each in pages('list_targets_for_policy', 'Targets', PolicyId=policy['Id'])] == [unit['Id']]
assert sorted(each['Id'] for each in pages('list_policies_for_target', 'Policies', TargetId=unit['Id'], Filter='SERVICE_CONTROL_POLICY')) == sorted([policy['Id'], 'p-FullAWSAccess'])
org.update_policy(PolicyId=policy['Id'], Name='boto2', Description='changed', Content=content)
role = boto3.client('sts').assume_role(RoleArn=f'arn:aws:iam::{account}:role/Admin', RoleSessionName='boto')['Credentials']
iam = boto3.client('iam', aws_access_key_id=role['AccessKeyId'], aws_secret_access_key=role['SecretAccessKey'], aws_session_token=role['SessionToken'])
try:
    iam.list_users()
    raise AssertionError('the policy does not deny')
except iam.exceptions.ClientError as error:
    assert 'with an explicit deny in a service control policy' in str(error), error
org.detach_policy(PolicyId=policy['Id'], TargetId=unit['Id'])
iam.list_users()
org.delete_policy(PolicyId=policy['Id'])
# aws_organizations_delegated_administrator
org.enable_aws_service_access(ServicePrincipal='cloudtrail.amazonaws.com')
org.register_delegated_administrator(AccountId=account, ServicePrincipal='cloudtrail.amazonaws.com')
assert [each['Id'] for each in pages('list_delegated_administrators', 'DelegatedAdministrators', ServicePrincipal='cloudtrail.amazonaws.com')] == [account]
assert [each['ServicePrincipal'] for each in pages('list_delegated_services_for_account', 'DelegatedServices', AccountId=account)] == ['cloudtrail.amazonaws.com']
org.deregister_delegated_administrator(AccountId=account, ServicePrincipal='cloudtrail.amazonaws.com')
org.disable_aws_service_access(ServicePrincipal='cloudtrail.amazonaws.com')
try:
    org.remove_account_from_organization(AccountId=account)
    raise AssertionError('it left within seven days')
except org.exceptions.ConstraintViolationException as error:
    assert error.response['Reason'] == 'WAIT_PERIOD_ACTIVE', error.response
org.close_account(AccountId=account)
org.move_account(AccountId=account, SourceParentId=unit['Id'], DestinationParentId=root)
org.delete_organizational_unit(OrganizationalUnitId=unit['Id'])
print('done')
`

test('boto3 goes through the life of units, accounts, policies and delegation, with its paginators', {
  skip: noBoto3,
}, async () => {
  // Not as root: a role is assumed on the way.
  const credentials = await userIn(management, 'terraform')
  const { status, stdout, stderr } = await run('python3', ['-c', program], clientEnvironment(server, credentials))
  assert.equal(status, 0, stderr)
  assert.equal(stdout.trim(), 'done')
})

test('the AWS CLI reads the organization in every Region', { skip: missing('aws', '--version') }, async () => {
  for (const region of ['us-east-1', 'eu-central-1']) {
    const answer = await aws(server, ['organizations', 'describe-organization', '--region', region])
    assert.equal(answer.Organization.Id, organizationId)
  }
  const { Events } = await aws(server, [
    ...['cloudtrail', 'lookup-events', '--region', 'us-east-1'],
    ...['--lookup-attributes', 'AttributeKey=EventName,AttributeValue=CreateOrganization'],
  ])
  const record = JSON.parse(Events[0].CloudTrailEvent)
  assert.equal(record.eventSource, 'organizations.amazonaws.com')
  assert.equal(record.awsRegion, 'us-east-1')
})
