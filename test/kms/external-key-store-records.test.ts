import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  DecryptCommand,
  EncryptCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms'
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm'
import { clientsOf, policy } from '../fixtures/clients.ts'
import { missing } from '../fixtures/foreign.ts'
import { proxyCredential } from '../fixtures/xks-proxy.ts'
import { externalStore, startWithProxy, type WithProxy } from '../fixtures/xks-stores.ts'

const skip = missing('openssl', 'version')
const otherAccount = '444455556666'

let fixture: WithProxy
let storeId: string
let key: { keyId: string; arn: string }

before(async () => {
  if (skip) return
  fixture = await startWithProxy({ accounts: [otherAccount] })
  storeId = await fixture.createStore()
  await fixture.connect(storeId)
  fixture.proxy.addKey('audited')
  const keyPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [fixture.server.accountId, otherAccount].map((account) => ({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    })),
  })
  const { KeyId: keyId = '', Arn: arn = '' } = await fixture.createKey(storeId, 'audited', keyPolicy)
  key = { keyId, arn }
})
after(() => fixture?.stop())

/** The last record of an operation. */
async function recordOf(EventName: string) {
  const lookup = new LookupEventsCommand({
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: EventName }],
    MaxResults: 1,
  })
  const { Events } = await fixture.cloudtrail.send(lookup)
  return JSON.parse(Events?.[0]?.CloudTrailEvent ?? '{}')
}

test('records of uses name the store and the external key, also of those that fail', { skip }, async () => {
  const { kms, proxy } = fixture
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key.keyId, Plaintext: Buffer.from('x') }))
  const additionalEventData = { customKeyStoreId: storeId, xksKeyId: 'audited' }
  const encrypted = await recordOf('Encrypt')
  assert.deepEqual(encrypted.additionalEventData, additionalEventData)
  assert.deepEqual([encrypted.readOnly, encrypted.resources[0].ARN], [true, key.arn])
  proxy.fake = () => ({ status: 403, body: { errorName: 'AccessDeniedException' } })
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob })))
  proxy.fake = undefined
  const failed = await recordOf('Decrypt')
  assert.equal(failed.errorCode, 'KMSInvalidStateException')
  assert.match(failed.errorMessage, /denied access/)
  assert.deepEqual(failed.additionalEventData, additionalEventData)
  assert.equal(proxy.log.at(-1)?.body.requestMetadata?.kmsRequestId, failed.requestID)
  assert.deepEqual((await recordOf('CreateKey')).additionalEventData, additionalEventData)
})

test('records of store operations name the store, and hold nothing that proves KMS to it', { skip }, async () => {
  const { kms } = fixture
  const secret = { ...proxyCredential, RawSecretAccessKey: 'N0tToBeFoundAnywhere'.padEnd(43, 'x') }
  await assert.rejects(
    kms.send(
      new CreateCustomKeyStoreCommand(
        externalStore({ CustomKeyStoreName: 'another', XksProxyAuthenticationCredential: secret }),
      ),
    ),
    { name: 'XksProxyUriInUseException' },
  )
  await assert.rejects(
    kms.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: storeId, XksProxyAuthenticationCredential: secret })),
    { name: 'XksProxyIncorrectAuthenticationCredentialException' },
  )
  await kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }))
  const [create, update, connect] = [
    await recordOf('CreateCustomKeyStore'),
    await recordOf('UpdateCustomKeyStore'),
    await recordOf('ConnectCustomKeyStore'),
  ]
  assert.deepEqual(create.requestParameters, {
    customKeyStoreName: 'another',
    customKeyStoreType: 'EXTERNAL_KEY_STORE',
    xksProxyConnectivity: 'PUBLIC_ENDPOINT',
    xksProxyUriEndpoint: 'https://proxy.xks.example.com',
    xksProxyUriPath: '/tenant-1/kms/xks/v1',
  })
  assert.deepEqual(update.requestParameters, { customKeyStoreId: storeId })
  assert.deepEqual(update.additionalEventData, { customKeyStoreName: 'first' })
  assert.deepEqual(connect.requestParameters, { customKeyStoreId: storeId })
  assert.deepEqual([connect.responseElements, connect.readOnly], [null, false])
  for (const record of [create, update, connect]) {
    assert.doesNotMatch(JSON.stringify(record), /N0tToBeFound|XKSKEYAAAA/)
    assert.equal(record.resources, undefined)
  }
})

test('the proxy learns who calls, and through which service', { skip }, async () => {
  const { ssm, proxy } = fixture
  await ssm.send(new PutParameterCommand({ Name: '/outside', Value: 'v', Type: 'SecureString', KeyId: key.keyId }))
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/outside', WithDecryption: true }))
  assert.equal(Parameter?.Value, 'v')
  const { kmsOperation, kmsViaService } = proxy.log.at(-1)?.body.requestMetadata ?? {}
  assert.deepEqual([kmsOperation, kmsViaService], ['Decrypt', 'ssm'])
})

test('a key in an external key store is used by another account that its policy allows', { skip }, async () => {
  const root = fixture.server.accounts.find(({ accountId }) => accountId === otherAccount)
  assert.ok(root)
  const { kms } = clientsOf(fixture.server, root)
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key.arn, Plaintext: Buffer.from('x') }))
  assert.equal((await kms.send(new DecryptCommand({ CiphertextBlob }))).KeyId, key.arn)
  const { awsPrincipalArn, kmsKeyArn } = fixture.proxy.log.at(-1)?.body.requestMetadata ?? {}
  assert.deepEqual([awsPrincipalArn, kmsKeyArn], [`arn:aws:iam::${otherAccount}:root`, key.arn])
})

test('operations on stores are for those whose identity policies allow them', { skip }, async () => {
  const { iam, server } = fixture
  await iam.send(new CreateUserCommand({ UserName: 'keeper' }))
  const PolicyDocument = policy({ Action: 'kms:DescribeCustomKeyStores' })
  await iam.send(new PutUserPolicyCommand({ UserName: 'keeper', PolicyName: 'look', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'keeper' }))
  const { kms } = clientsOf(server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
  await assert.rejects(kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId })), {
    name: 'AccessDeniedException',
    message:
      `User: arn:aws:iam::${server.accountId}:user/keeper is not authorized to perform: kms:ConnectCustomKeyStore ` +
      'on resource: * because no identity-based policy allows the kms:ConnectCustomKeyStore action',
  })
})
