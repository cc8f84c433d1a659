import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { KMS } from '@aws-sdk/client-kms'
import type { AwsEvent, Strongroom } from '../../src/server/server.ts'
import { records } from '../fixtures/actors.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { accessDenied, kmsAs, newKey, newKmsUser, owner, Plaintext } from './access-fixture.ts'
import { present } from './fixture.ts'

let server: Strongroom
let kms: KMS
before(async () => {
  server = await startTestServer({ accountId: owner })
  kms = kmsAs(server, server.credentials)
})
after(() => server.stop())

const daySeconds = 24 * 60 * 60

test('scenario 15: a key whose window is over is gone with its aliases and grants, and its end is recorded and published', async () => {
  const events: AwsEvent[] = []
  const end = server.onEvent(async (event) => {
    events.push(event)
  })
  const { id: KeyId, arn } = await newKey(kms)
  await kms.createAlias({ AliasName: 'alias/short', TargetKeyId: KeyId })
  await kms.createGrant({ KeyId, GranteePrincipal: owner, RetiringPrincipal: owner, Operations: ['Encrypt'] })
  await kms.encrypt({ KeyId, Plaintext })
  await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  await server.advance(7 * daySeconds)
  const gone = { name: 'NotFoundException', message: `Key '${arn}' does not exist` }
  await assert.rejects(kms.describeKey({ KeyId }), gone)
  await assert.rejects(kms.listGrants({ KeyId }), gone)
  await assert.rejects(kms.getKeyLastUsage({ KeyId }), gone)
  assert.ok(!present((await kms.listAliases({})).Aliases).some(({ AliasName }) => AliasName === 'alias/short'))
  assert.deepEqual((await kms.listRetirableGrants({ RetiringPrincipal: owner })).Grants, [])
  const [deleted] = await records(server, 'EventName', 'DeleteKey')
  assert.deepEqual([deleted.eventType, deleted.serviceEventDetails], ['AwsServiceEvent', { keyId: KeyId }])
  const published = events.filter((event) => event['detail-type'] === 'KMS CMK Deletion')
  assert.deepEqual(
    published.map(({ source, account, region, resources, detail }) => ({ source, account, region, resources, detail })),
    [{ source: 'aws.kms', account: owner, region: server.region, resources: [arn], detail: { 'key-id': KeyId } }],
  )
  end()
})

test('scenario 31: a dry run returns whether a call would succeed and does nothing', async () => {
  const { id: KeyId } = await newKey(kms)
  const signing = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const mac = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext })
  const { GrantId, GrantToken } = await kms.createGrant({ KeyId, GranteePrincipal: owner, Operations: ['Encrypt'] })
  const used = await kms.getKeyLastUsage({ KeyId })
  const DryRun = true
  const asked = (caller: KMS) => [
    () => caller.encrypt({ KeyId, Plaintext, DryRun }),
    () => caller.decrypt({ CiphertextBlob, DryRun }),
    () => caller.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId, DryRun }),
    () => caller.generateDataKey({ KeyId, KeySpec: 'AES_256', DryRun }),
    () => caller.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256', DryRun }),
    () => caller.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256', DryRun }),
    () => caller.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec: 'ECC_NIST_P256', DryRun }),
    () => caller.sign({ KeyId: signing.id, Message: Plaintext, SigningAlgorithm: 'ECDSA_SHA_256', DryRun }),
    () => caller.generateMac({ KeyId: mac.id, Message: Plaintext, MacAlgorithm: 'HMAC_SHA_256', DryRun }),
    () => caller.createGrant({ KeyId, GranteePrincipal: owner, Operations: ['Decrypt'], DryRun }),
    () => caller.revokeGrant({ KeyId, GrantId, DryRun }),
    () => caller.retireGrant({ GrantToken, DryRun }),
  ]
  for (const call of asked(kms)) {
    await assert.rejects(call, { name: 'DryRunOperationException' }, String(call))
  }
  const unprivileged = await newKmsUser(server)
  for (const call of asked(unprivileged.kms)) await assert.rejects(call, accessDenied, String(call))
  assert.equal((await kms.listGrants({ KeyId })).Grants?.length, 1)
  const { $metadata: _, ...usedAfterwards } = await kms.getKeyLastUsage({ KeyId })
  assert.deepEqual(usedAfterwards.KeyLastUsage, used.KeyLastUsage)
  for (const { id } of [signing, mac]) assert.deepEqual((await kms.getKeyLastUsage({ KeyId: id })).KeyLastUsage, {})
  const dry = (await records(server, 'EventName', 'Encrypt')).filter(
    ({ requestParameters }) => requestParameters?.dryRun,
  )
  assert.deepEqual(dry.map(({ errorCode }) => errorCode).sort(), ['AccessDeniedException', 'DryRunOperationException'])
})

test('scenario 55: an alias that moves takes new data to the new key, and old data stays with the old one', async () => {
  const [one, two] = [await newKey(kms), await newKey(kms)]
  const AliasName = 'alias/app'
  await kms.createAlias({ AliasName, TargetKeyId: one.id })
  const { CiphertextBlob } = await kms.encrypt({ KeyId: AliasName, Plaintext })
  await kms.updateAlias({ AliasName, TargetKeyId: two.id })
  assert.equal((await kms.encrypt({ KeyId: AliasName, Plaintext })).KeyId, two.arn)
  assert.equal((await kms.decrypt({ CiphertextBlob })).KeyId, one.arn)
  const rsa = await newKey(kms, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  await assert.rejects(kms.updateAlias({ AliasName, TargetKeyId: rsa.id }), { name: 'ValidationException' })
  await assert.rejects(kms.createAlias({ AliasName: 'alias/aws/x', TargetKeyId: one.id }), {
    name: 'NotAuthorizedException',
  })
  for (let n = 0; n < 49; n++) await kms.createAlias({ AliasName: `alias/n${n}`, TargetKeyId: two.id })
  await assert.rejects(kms.createAlias({ AliasName: 'alias/n50', TargetKeyId: two.id }), {
    name: 'LimitExceededException',
  })
})

test('scenario 59: lists are read in pages without gaps and doubles; markers and ids are checked', async () => {
  const region = 'eu-central-1'
  const there = kmsAs(server, server.credentials, region)
  await Promise.all(Array.from({ length: 120 }, () => there.createKey({})))
  const pages = []
  for (let Marker: string | undefined; ; ) {
    const page = await there.listKeys({ Limit: 50, Marker })
    pages.push(page)
    Marker = page.NextMarker
    if (!page.Truncated) break
  }
  assert.deepEqual(
    pages.map(({ Keys, Truncated }) => [Keys?.length, Truncated]),
    [
      [50, true],
      [50, true],
      [20, false],
    ],
  )
  assert.equal(new Set(pages.flatMap(({ Keys }) => Keys ?? []).map((key) => key.KeyId)).size, 120)
  await assert.rejects(there.listKeys({ Marker: 'forged' }), { name: 'InvalidMarkerException' })
  await assert.rejects(there.describeKey({ KeyId: 'fake-key-id' }), {
    name: 'NotFoundException',
    message: "Invalid keyId 'fake-key-id'",
  })
})

test('scenario 60: the record of a cryptographic call shows its context and its key, and no secret', async () => {
  const { id: KeyId, arn } = await newKey(kms)
  const signing = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const EncryptionContext = { purpose: 'test' }
  const secret = Buffer.from('a plaintext that must not be seen')
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: secret, EncryptionContext })
  await kms.decrypt({ CiphertextBlob, EncryptionContext })
  const dataKey = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext })
  const SigningAlgorithm = 'ECDSA_SHA_256'
  const { Signature } = await kms.sign({ KeyId: signing.id, Message: secret, SigningAlgorithm })
  const seen = [
    ...(await records(server, 'ResourceName', arn)),
    ...(await records(server, 'ResourceName', signing.arn)),
  ].filter(({ eventName }) => eventName !== 'CreateKey')
  assert.deepEqual(seen.map(({ eventName }) => eventName).sort(), ['Decrypt', 'Encrypt', 'GenerateDataKey', 'Sign'])
  for (const { readOnly, responseElements, resources, requestParameters, eventName } of seen) {
    assert.deepEqual([readOnly, responseElements], [true, null], eventName)
    assert.equal(resources[0].ARN, eventName === 'Sign' ? signing.arn : arn)
    if (eventName !== 'Sign') assert.deepEqual(requestParameters.encryptionContext, EncryptionContext)
  }
  const text = JSON.stringify(seen)
  for (const bytes of [secret, CiphertextBlob, dataKey.Plaintext, dataKey.CiphertextBlob, Signature]) {
    for (const encoding of ['base64', 'hex', 'utf8'] as const) {
      assert.ok(!text.includes(Buffer.from(present(bytes)).toString(encoding)))
    }
  }
})

test('GetKeyLastUsage names the record of the use, and survives the end of the server', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-usage-'))
  try {
    const options = { accountId: owner, ephemeral: false, dataDir }
    const first = await startTestServer(options)
    const { id: KeyId } = await newKey(kmsAs(first, first.credentials))
    await kmsAs(first, first.credentials).generateDataKey({ KeyId, KeySpec: 'AES_128' })
    const [record] = await records(first, 'EventName', 'GenerateDataKey')
    await first.stop()
    const second = await startTestServer(options)
    const { KeyLastUsage } = await kmsAs(second, second.credentials).getKeyLastUsage({ KeyId })
    await second.stop()
    assert.deepEqual(
      [KeyLastUsage?.Operation, KeyLastUsage?.CloudTrailEventId, KeyLastUsage?.KmsRequestId],
      ['GenerateDataKey', record.eventID, record.requestID],
    )
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

test('kms.throttle refuses what comes faster than AWS allows, and nothing else', async () => {
  const throttled = await startTestServer({ settings: { 'kms.throttle': true } })
  try {
    const client = kmsAs(throttled, throttled.credentials)
    const answers = await Promise.allSettled(Array.from({ length: 9 }, () => client.createKey({})))
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
    assert.ok(refusals.length >= 2 && refusals.length <= 4)
    for (const { name, message } of refusals) {
      const text = 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'
      assert.deepEqual([name, message], ['ThrottlingException', text])
    }
    await client.listKeys({})
    await throttled.advance(1)
    await client.createKey({})
  } finally {
    await throttled.stop()
  }
})
