import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, credentialsOf, policy, startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
})
after(() => server.stop())

test('K1 CT1: a key whose policy lets only a role decrypt is used by that role and refused to the user, and all of it is found again', async () => {
  const root = clientsOf(server)
  const account = server.accountId
  const { User } = await root.iam.send(new CreateUserCommand({ UserName: 'alice' }))
  const userPolicy = policy({ Action: ['kms:Encrypt', 'kms:Decrypt', 'sts:AssumeRole'] })
  await root.iam.send(new PutUserPolicyCommand({ UserName: 'alice', PolicyName: 'work', PolicyDocument: userPolicy }))
  const { AccessKey } = await root.iam.send(new CreateAccessKeyCommand({ UserName: 'alice' }))
  const alice = clientsOf(server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: User?.Arn }, Action: 'sts:AssumeRole' }],
  })
  const { Role } = await root.iam.send(new CreateRoleCommand({ RoleName: 'opener', AssumeRolePolicyDocument: trust }))
  const keyPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, NotAction: 'kms:Decrypt', Resource: '*' },
      { Effect: 'Allow', Principal: { AWS: Role?.Arn }, Action: 'kms:Decrypt', Resource: '*' },
    ],
  })
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({ Policy: keyPolicy }))
  const context = { purpose: 'test' }
  const { CiphertextBlob } = await alice.kms.send(
    new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('secret'), EncryptionContext: context }),
  )

  const decrypt = new DecryptCommand({ CiphertextBlob, EncryptionContext: context })
  await assert.rejects(alice.kms.send(decrypt), {
    name: 'AccessDeniedException',
    message:
      `User: arn:aws:iam::${account}:user/alice is not authorized to perform: kms:Decrypt on the resource associated ` +
      'with this ciphertext because no resource-based policy allows the kms:Decrypt action',
  })

  const { Credentials } = await alice.sts.send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'night', DurationSeconds: 900 }),
  )
  const role = clientsOf(server, credentialsOf(Credentials))
  const { Arn } = await role.sts.send(new GetCallerIdentityCommand({}))
  assert.equal(Arn, `arn:aws:sts::${account}:assumed-role/opener/night`)
  const { Plaintext, KeyId } = await role.kms.send(decrypt)
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'secret')
  assert.equal(KeyId, KeyMetadata?.Arn)

  const { Events = [] } = await root.cloudtrail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'Decrypt' }] }),
  )
  const records = Events.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent))
  assert.deepEqual(
    records.map(({ userIdentity, errorCode }) => [userIdentity.type, userIdentity.arn, errorCode]),
    [
      ['AssumedRole', `arn:aws:sts::${account}:assumed-role/opener/night`, undefined],
      ['IAMUser', `arn:aws:iam::${account}:user/alice`, 'AccessDeniedException'],
    ],
  )
  assert.deepEqual(records[0].requestParameters, {
    encryptionContext: context,
    encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  })
  assert.deepEqual(records[0].resources, [{ accountId: account, type: 'AWS::KMS::Key', ARN: KeyMetadata?.Arn }])
  assert.equal(Events[0]?.Username, 'night')
  assert.equal(Events[1]?.Username, 'alice')
})
