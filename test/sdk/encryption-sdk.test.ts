import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { buildClient, CommitmentPolicy, KMS, KmsKeyringNode } from '@aws-crypto/client-node'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateAliasCommand, CreateKeyCommand, DisableKeyCommand } from '@aws-sdk/client-kms'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'

// The AWS Encryption SDK for JavaScript, as its documentation shows it, with KMS keyrings.

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)

let server: Strongroom
let clients: ReturnType<typeof clientsOf>
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  clients = clientsOf(server)
})
after(() => server.stop())

const secret = randomBytes(10_000)
const context = { purpose: 'backup', tenant: '42' }

async function newKey(): Promise<string> {
  const { KeyMetadata } = await clients.kms.send(new CreateKeyCommand({}))
  return KeyMetadata?.Arn ?? ''
}

const clientProvider = (region: string) =>
  new KMS({ endpoint: server.endpoint, region, credentials: server.credentials, maxAttempts: 1 })

const strict = (generatorKeyId: string, ...keyIds: string[]) =>
  new KmsKeyringNode({ clientProvider, generatorKeyId, keyIds })

/** A keyring that only decrypts. */
const readers = (...keyIds: string[]) => new KmsKeyringNode({ clientProvider, keyIds })

test('K4: the Encryption SDK wraps a data key under two keys, and either of them opens the message', async () => {
  const [one, other] = [await newKey(), await newKey()]
  const { result } = await encrypt(strict(one, other), secret, { encryptionContext: context })
  assert.ok(!result.includes(secret.subarray(0, 32)))
  for (const keyring of [readers(one), readers(other), readers(other, one)]) {
    const { plaintext, messageHeader } = await decrypt(keyring, result)
    assert.deepEqual(plaintext, secret)
    assert.equal(messageHeader.encryptionContext.purpose, 'backup')
    assert.equal(messageHeader.encryptedDataKeys.length, 2)
    assert.deepEqual(
      messageHeader.encryptedDataKeys.map(({ providerInfo }) => providerInfo),
      [one, other],
    )
  }
  const { Events } = await clients.cloudtrail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GenerateDataKey' }] }),
  )
  const { requestParameters } = JSON.parse(Events?.[0]?.CloudTrailEvent ?? '{}')
  assert.equal(requestParameters.encryptionContext.tenant, '42')
})

test('K4: the Encryption SDK finds the keys of a message by itself, and goes on to the next when one is disabled', async () => {
  const [one, other] = [await newKey(), await newKey()]
  const { result } = await encrypt(strict(one, other), secret, { encryptionContext: context })
  const discovery = new KmsKeyringNode({ clientProvider, discovery: true })
  assert.deepEqual((await decrypt(discovery, result)).plaintext, secret)
  await clients.kms.send(new DisableKeyCommand({ KeyId: one }))
  assert.deepEqual((await decrypt(discovery, result)).plaintext, secret)
  await clients.kms.send(new DisableKeyCommand({ KeyId: other }))
  await assert.rejects(decrypt(discovery, result), /is disabled/)
})

test('K4: the Encryption SDK opens no message with another key, none that was altered, and takes an alias to encrypt', async () => {
  const [one, other] = [await newKey(), await newKey()]
  await clients.kms.send(new CreateAliasCommand({ AliasName: 'alias/backup', TargetKeyId: one.split('/')[1] }))
  const alias = one.replace(/key\/.*/, 'alias/backup')
  const { result } = await encrypt(strict(alias), secret, { encryptionContext: context })
  assert.deepEqual((await decrypt(readers(one), result)).plaintext, secret)
  await assert.rejects(decrypt(readers(other), result))
  for (const at of [30, 300, result.length - 200]) {
    const altered = Buffer.from(result)
    altered[at] = (altered[at] ?? 0) ^ 1
    await assert.rejects(decrypt(readers(one), altered), `byte ${at}`)
  }
})
