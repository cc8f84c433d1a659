import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { KMS, KMSServiceException } from '@aws-sdk/client-kms'
import { eventually } from '../../src/testing/eventually.ts'
import { wrapMaterial } from '../fixtures/import.ts'
import type { ServerProcess } from '../fixtures/server-process.ts'

const replicaRegion = 'eu-west-1'
const GranteePrincipal = (accountId: string) => `arn:aws:iam::${accountId}:root`
const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const

/** A change that may have been under way when the server was killed: both outcomes are right then. */
type Change = 'asked' | 'acknowledged'

/** A key as far as the server has acknowledged it. */
interface KeyLife {
  KeyId: string
  accountId: string
  /** Each with the key id as plaintext. */
  blobs: Uint8Array[]
  rotation?: Change
  replica?: Change
  grants: { GrantId: string; revocation?: Change }[]
  /** Of imported material: whether it is there. Undefined: not known. */
  imported?: boolean
}

/** What becomes of keys on a server that is killed again and again. */
export class KeyLives {
  readonly #lives: KeyLife[] = []
  readonly #requestIds: Set<string>

  /** @param requestIds - takes the ids of all acknowledged calls. */
  constructor(requestIds: Set<string>) {
    this.#requestIds = requestIds
  }

  /** How many keys there are to look at. */
  get size(): number {
    return this.#lives.length
  }

  /** Calls until the server is gone. */
  async work(server: ServerProcess, kind: 'generated' | 'imported'): Promise<void> {
    const kms = this.#clientOf(server)
    try {
      while (true) await (kind === 'generated' ? this.#liveGenerated(kms) : this.#liveImported(kms))
    } catch (error) {
      if (error instanceof KMSServiceException || error instanceof assert.AssertionError) throw error
    }
  }

  async #liveGenerated(kms: KMS): Promise<void> {
    const life = await this.#begin(kms, { MultiRegion: true })
    const { KeyId, accountId } = life
    await encrypt(kms, life)
    life.replica = 'asked'
    await kms.replicateKey({ KeyId, ReplicaRegion: replicaRegion })
    life.replica = 'acknowledged'
    for (let turn = 0; turn < 3; turn++) {
      const grant = { KeyId, GranteePrincipal: GranteePrincipal(accountId), Operations: ['Decrypt' as const] }
      const { GrantId = '' } = await kms.createGrant(grant)
      life.grants.push({ GrantId })
    }
    await rotate(kms, life)
    await encrypt(kms, life)
    const [revoked] = life.grants
    if (!revoked) return
    revoked.revocation = 'asked'
    await kms.revokeGrant({ KeyId, GrantId: revoked.GrantId })
    revoked.revocation = 'acknowledged'
  }

  async #liveImported(kms: KMS): Promise<void> {
    const life = await this.#begin(kms, { Origin: 'EXTERNAL' })
    const { KeyId } = life
    const { ImportToken, PublicKey = new Uint8Array() } = await kms.getParametersForImport({ KeyId, ...wrapping })
    const take = async (material: Buffer, ImportType?: 'NEW_KEY_MATERIAL') => {
      const EncryptedKeyMaterial = wrapMaterial(PublicKey, wrapping.WrappingAlgorithm, material)
      const expiration = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const
      await kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ImportType, ...expiration })
    }
    const [first, second] = [randomBytes(32), randomBytes(32)]
    await take(first)
    life.imported = true
    await encrypt(kms, life)
    await take(second, 'NEW_KEY_MATERIAL')
    await rotate(kms, life)
    await encrypt(kms, life)
    for (let turn = 0; turn < 3; turn++) {
      life.imported = undefined
      await kms.deleteImportedKeyMaterial({ KeyId })
      life.imported = false
      await kms.describeKey({ KeyId })
      life.imported = undefined
      await take(second)
      life.imported = true
    }
  }

  async #begin(kms: KMS, input: Parameters<KMS['createKey']>[0]): Promise<KeyLife> {
    const { KeyMetadata } = await kms.createKey(input)
    const life = { KeyId: KeyMetadata?.KeyId ?? '', accountId: KeyMetadata?.AWSAccountId ?? '', blobs: [], grants: [] }
    this.#lives.push(life)
    return life
  }

  /** What the server says after its restart of the newest keys, on which the kill may have fallen, and of some older ones. */
  async examine(server: ServerProcess): Promise<void> {
    const kms = this.#clientOf(server)
    const there = this.#clientOf(server, replicaRegion)
    const step = Math.ceil(this.#lives.length / 10)
    const looked = this.#lives.filter((_, place) => place % step === 0 || place >= this.#lives.length - 10)
    for (const life of looked) {
      await examineMaterial(kms, life)
      await examineGrants(kms, life)
      if (life.replica === 'acknowledged') await examineReplica(there, life)
    }
  }

  #clientOf({ port, credentials }: ServerProcess, region = 'us-east-1'): KMS {
    const kms = new KMS({ endpoint: `http://127.0.0.1:${port}`, region, credentials, maxAttempts: 1 })
    kms.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args)
        this.#requestIds.add(String(answer.output.$metadata.requestId))
        return answer
      },
      { step: 'initialize' },
    )
    return kms
  }
}

async function encrypt(kms: KMS, { KeyId, blobs }: KeyLife): Promise<void> {
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from(KeyId) })
  if (CiphertextBlob) blobs.push(CiphertextBlob)
}

async function rotate(kms: KMS, life: KeyLife): Promise<void> {
  life.rotation = 'asked'
  await kms.rotateKeyOnDemand({ KeyId: life.KeyId })
  life.rotation = 'acknowledged'
}

async function examineMaterial(kms: KMS, { KeyId, blobs, rotation, imported }: KeyLife): Promise<void> {
  const { KeyMetadata } = await kms.describeKey({ KeyId })
  if (imported !== undefined) assert.equal(KeyMetadata?.KeyState, imported ? 'Enabled' : 'PendingImport', KeyId)
  const { Rotations = [] } = await kms.listKeyRotations({ KeyId })
  if (rotation !== 'asked') assert.equal(Rotations.length, rotation ? 1 : 0, `rotations of ${KeyId}`)
  if (KeyMetadata?.KeyState !== 'Enabled') return
  for (const CiphertextBlob of blobs) await decryptsToKeyId(kms, { KeyId, CiphertextBlob })
}

async function examineGrants(kms: KMS, { KeyId, grants }: KeyLife): Promise<void> {
  const { Grants = [] } = await kms.listGrants({ KeyId })
  const ids = new Set(Grants.map(({ GrantId }) => GrantId))
  for (const { GrantId, revocation } of grants) {
    if (revocation !== 'asked') assert.equal(ids.has(GrantId), !revocation, `grant ${GrantId} of ${KeyId}`)
  }
}

async function examineReplica(kms: KMS, { KeyId, blobs }: KeyLife): Promise<void> {
  const stateOf = async () => (await kms.describeKey({ KeyId })).KeyMetadata?.KeyState
  await eventually(stateOf, (state) => state === 'Enabled')
  for (const CiphertextBlob of blobs) await decryptsToKeyId(kms, { KeyId, CiphertextBlob })
}

async function decryptsToKeyId(kms: KMS, request: { KeyId: string; CiphertextBlob: Uint8Array }): Promise<void> {
  const { Plaintext = new Uint8Array() } = await kms.decrypt(request)
  assert.equal(Buffer.from(Plaintext).toString(), request.KeyId)
}
