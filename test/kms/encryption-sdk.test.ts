import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  buildAwsKmsMrkAwareDiscoveryMultiKeyringNode,
  buildAwsKmsMrkAwareStrictMultiKeyringNode,
  buildClient,
  CommitmentPolicy,
} from '@aws-crypto/client-node'
import { KMS, ReplicateKeyCommand, RotateKeyOnDemandCommand, UpdatePrimaryRegionCommand } from '@aws-sdk/client-kms'
import { startTestServer } from '../fixtures/clients.ts'
import { Keys } from './fixture.ts'

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const encryptionContext = { purpose: 'test' }
const regions = ['us-east-1', 'eu-west-1', 'ap-south-1'] as const
const [r1, r2, r3] = regions

let keys: Keys
before(async () => {
  keys = new Keys(await startTestServer())
})
after(() => keys.server.stop())

const clientProvider = (region: string) => {
  const { endpoint, credentials } = keys.server
  return new KMS({ endpoint, region, credentials, maxAttempts: 1 })
}

/** A multi-Region key in three Regions, and its ARN in each. */
async function keyInThreeRegions() {
  const { KeyId, arn } = await keys.create({ MultiRegion: true })
  for (const ReplicaRegion of [r2, r3]) await keys.kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion }))
  await keys.server.advance(0)
  return { KeyId, arnIn: (region: string) => arn.replace(r1, region) }
}

const strict = (generatorKeyId: string) => buildAwsKmsMrkAwareStrictMultiKeyringNode({ clientProvider, generatorKeyId })

test('K4 K10: what the AWS Encryption SDK encrypts in one Region, it decrypts in every other, also after rotations', async () => {
  const { KeyId, arnIn } = await keyInThreeRegions()
  const messages: { text: string; result: Buffer }[] = []
  for (const [place, region] of regions.entries()) {
    const text = `of ${region}`
    const { result } = await encrypt(strict(arnIn(region)), text, { encryptionContext })
    messages.push({ text, result })
    if (place === 0) await keys.kms.send(new RotateKeyOnDemandCommand({ KeyId }))
  }
  for (const region of regions) {
    for (const { text, result } of messages) {
      const opened = await decrypt(strict(arnIn(region)), result)
      assert.equal(opened.plaintext.toString(), text)
      assert.equal(opened.messageHeader.encryptionContext.purpose, 'test')
    }
  }
})

test('K10: a discovery keyring finds the key that is there, when the Region that encrypted is out of reach', async () => {
  const { KeyId, arnIn } = await keyInThreeRegions()
  const { result } = await encrypt(strict(arnIn(r1)), 'disaster', { encryptionContext })
  await keys.kms.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: r2 }))
  const discovery = buildAwsKmsMrkAwareDiscoveryMultiKeyringNode({
    clientProvider,
    regions: [r2],
    discoveryFilter: { accountIDs: [keys.server.accountId], partition: 'aws' },
  })
  assert.equal((await decrypt(discovery, result)).plaintext.toString(), 'disaster')
})

test('K10: a single-Region key of another Region opens nothing', async () => {
  const { arnIn } = await keyInThreeRegions()
  const { result } = await encrypt(strict(arnIn(r1)), 'closed', { encryptionContext })
  const other = await keys.create()
  await assert.rejects(decrypt(strict(other.arn), result))
})
