import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayMs } from '../../src/core/durations.ts'
import { ServiceError } from '../../src/core/service-error.ts'
import { materialIdOf } from '../../src/services/kms/domain/material/key-material.ts'
import { sealImportToken } from '../../src/services/kms/operations/imported-material/import-token.ts'
import { keyMaterials, keys } from '../../src/services/kms/storage/collections.ts'
import { addImportPair } from '../../src/services/kms/storage/import-pair-store.ts'
import { accountId, type KmsFixture, kmsFixture, present } from '../../src/services/kms/testing.ts'
import { runs } from '../../src/testing/random.ts'
import { wrapMaterial } from '../fixtures/import.ts'
import { type Answer, type Command, KeyLifeModel, type Region, regions } from './key-life-model.ts'

const WrappingAlgorithm = 'RSAES_OAEP_SHA_256'
// One wrapping key pair for all runs: making one for each import would be most of the time.
const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
})
const materials = [randomBytes(32), randomBytes(32), randomBytes(32)]

/** The key of one run in the service, with what it has encrypted so far. */
class KeyLife {
  readonly kms: KmsFixture
  readonly keyId: string
  readonly #blobs: { text: string; blob: Uint8Array }[] = []

  constructor(kms: KmsFixture, keyId: string) {
    this.kms = kms
    this.keyId = keyId
  }

  static async create(external: boolean, multiRegion: boolean, crashes: boolean): Promise<KeyLife> {
    const kms = await kmsFixture({ crashes })
    const { keyId } = await kms.key({ Origin: external ? 'EXTERNAL' : 'AWS_KMS', MultiRegion: multiRegion })
    return new KeyLife(kms, keyId)
  }

  async apply(command: Command, primary: Region): Promise<Answer> {
    try {
      await this.#run(command, primary)
      // What takes a key some moments is over before the next command.
      await this.kms.advanceDays(0)
      return 'ok'
    } catch (refusal) {
      if (refusal instanceof ServiceError) return refusal.code
      throw refusal
    }
  }

  async #run(command: Command, primary: Region): Promise<unknown> {
    const { kms, keyId: KeyId } = this
    if (command.do === 'advance') {
      for (let day = 0; day < command.days; day++) await kms.advanceDays(1)
      return
    }
    const options = { region: command.region }
    switch (command.do) {
      case 'disable':
        return kms.call('DisableKey', { KeyId }, options)
      case 'enable':
        return kms.call('EnableKey', { KeyId }, options)
      case 'schedule':
        return kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: command.days }, options)
      case 'cancel':
        return kms.call('CancelKeyDeletion', { KeyId }, options)
      case 'rotate':
        return kms.call('RotateKeyOnDemand', { KeyId }, options)
      case 'enable-rotation':
        return kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 }, options)
      case 'import':
        return this.#import(command.region, present(materials[command.material]), command.type)
      case 'delete-material': {
        const KeyMaterialId = materialIdOf(KeyId, present(materials[command.material]))
        return kms.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId }, options)
      }
      case 'replicate':
        return kms.call('ReplicateKey', { KeyId, ReplicaRegion: command.region }, { region: primary })
      case 'update-primary':
        return kms.call('UpdatePrimaryRegion', { KeyId, PrimaryRegion: command.region }, { region: primary })
    }
  }

  async #import(region: Region, material: Uint8Array, ImportType: 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL') {
    const { kms, keyId: KeyId } = this
    const scope = { accountId, region }
    const expiresAtMs = kms.clock.nowMs() + 1000
    const privateKey = pair.privateKey.toString('base64')
    const importPair = { importId: 'i', keyId: KeyId, algorithm: WrappingAlgorithm, privateKey, expiresAtMs } as const
    await kms.store.transaction((tx) => addImportPair(tx, scope, importPair))
    const { sealer } = kms.contextOf('ImportKeyMaterial')
    const arn = `arn:aws:kms:${region}:${accountId}:key/${KeyId}`
    const request = {
      KeyId,
      ImportToken: sealImportToken(sealer, { arn } as never, { importId: 'i', expiresAtMs }),
      EncryptedKeyMaterial: wrapMaterial(pair.publicKey, WrappingAlgorithm, material),
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      ImportType,
    } as const
    return kms.call('ImportKeyMaterial', request, { region })
  }

  /** That all Regions are as the model says, and that whatever was encrypted is readable wherever the key is enabled. */
  async compare(model: KeyLifeModel): Promise<void> {
    const { kms, keyId: KeyId } = this
    const currentIds = new Set<string | undefined>()
    let stored = 0
    for (const region of regions) {
      const scope = { accountId, region }
      const key = await kms.store.in(keys).get(scope, KeyId)
      const expected = model.keys.get(region)
      stored += await kms.store.in(keyMaterials).count(scope)
      assert.equal(key?.state, expected?.state, `state in ${region}`)
      if (!key) continue
      assert.equal(key.deletionAtMs, dateOf(expected?.deletionDay), `date of deletion in ${region}`)
      assert.equal(
        key.pendingWindowDays,
        expected?.state === 'PendingReplicaDeletion' ? expected.windowDays : undefined,
      )
      if (!model.external) assert.equal(key.rotation?.nextAtMs, dateOf(model.nextRotation))
      currentIds.add(key.currentMaterialId)
      if (model.multiRegion) assert.equal(key.regions?.primary, model.primary)
      if (key.state === 'Enabled') await this.#use(region)
      else await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') }, { region }), ServiceError)
    }
    assert.ok(currentIds.size <= 1, 'related keys have the same current material')
    assert.equal(stored, model.stored, 'sealed material in the store')
    const recorded = kms.store.records.filter(({ eventName }) => eventName === 'RotateKey')
    if (!model.external) assert.equal(recorded.length, model.generated - 1, 'rotations in the ledger')
  }

  async #use(region: Region): Promise<void> {
    const { kms, keyId: KeyId } = this
    const text = `${region} ${this.#blobs.length}`
    const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from(text) }, { region })
    this.#blobs.push({ text, blob: present(CiphertextBlob) })
    for (const { text: expected, blob } of this.#blobs) {
      const { Plaintext } = await kms.call('Decrypt', { CiphertextBlob: blob }, { region })
      assert.equal(String(Plaintext), expected)
    }
  }
}

/** Where the clock of the fixture begins. */
const firstDayMs = Date.parse('2026-03-01T12:00:00Z')
const dateOf = (day: number | undefined) => (day === undefined ? undefined : firstDayMs + day * dayMs)

const region = fc.constantFrom(...regions)
const mostlyFirst = fc.oneof({ weight: 3, arbitrary: fc.constant(regions[0]) }, { weight: 2, arbitrary: region })
const material = fc.nat({ max: materials.length - 1 })
const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary })
const command: fc.Arbitrary<Command> = fc.oneof(
  weighted(
    6,
    fc.record({
      do: fc.constantFrom('disable', 'enable', 'enable', 'cancel', 'cancel', 'rotate', 'enable-rotation'),
      region: mostlyFirst,
    }),
  ),
  weighted(3, fc.record({ do: fc.constant('schedule'), region, days: fc.integer({ min: 7, max: 9 }) })),
  weighted(
    5,
    fc.record({
      do: fc.constant('import'),
      region: mostlyFirst,
      material,
      type: fc.constantFrom('NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'),
    }),
  ),
  weighted(2, fc.record({ do: fc.constant('delete-material'), region: mostlyFirst, material })),
  weighted(4, fc.record({ do: fc.constantFrom('replicate', 'update-primary'), region })),
  weighted(2, fc.record({ do: fc.constant('advance'), days: fc.constantFrom(1, 8, 9, 45) })),
)

test('K4 K8 K10: whatever happens to a key, crashes in its due work included, its states, answers and ciphertexts are those of a small model', async () => {
  const life = fc.record({
    external: fc.boolean(),
    multiRegion: fc.boolean(),
    crashes: fc.boolean(),
    commands: fc.array(command, { minLength: 10, maxLength: 60, size: 'max' }),
  })
  await fc.assert(
    fc.asyncProperty(life, async ({ external, multiRegion, crashes, commands }) => {
      const model = new KeyLifeModel(external, multiRegion)
      const key = await KeyLife.create(external, multiRegion, crashes)
      for (const step of commands) {
        const { primary } = model
        const expected = model.apply(step)
        assert.equal(await key.apply(step, primary), expected, JSON.stringify(step))
        await key.compare(model)
      }
    }),
    runs(20),
  )
})
