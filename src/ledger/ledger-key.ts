import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import type { Sealer } from '../core/sealer.ts'
import type { Sql } from '../core/sql.ts'
import { chainStart } from './hash-chain.ts'
import { sealHead } from './head.ts'
import { lastCheckpoint, lastEntry, putHead } from './tables.ts'

/** What proves a ledger: everything follows from one private key, which is kept sealed under the root key. */
export interface LedgerKey {
  /** Signs checkpoints and anchors (Ed25519). */
  privateKey: KeyObject
  publicKey: KeyObject
  /** Seals the head. */
  headKey: KeyObject
}

/** A key as it was found. `earlier`: as versions kept it that sealed no head. */
export interface StoredLedgerKey extends LedgerKey {
  earlier: boolean
}

/**
 * What the private key is bound to as a sealed value. Part of the stored data. The key is sealed anew when the head is first
 * sealed, so that a database cannot be passed off as one of the earlier versions, which had less proof.
 */
const sealingContext = 'ledger.key'
const earlierSealingContext = 'ledger.checkpoint-key'

/**
 * The key of this ledger.
 * @returns undefined for a ledger that has not begun.
 * @throws LedgerKeyMissingError; Error when it was sealed under another root key.
 */
export async function ledgerKey(sql: Sql, sealer: Sealer): Promise<StoredLedgerKey | undefined> {
  const stored = await storedKey(sql)
  if (stored) return openedKey(stored, sealer)
  if ((await lastEntry(sql)).seq > 0 || (await lastCheckpoint(sql))) throw new LedgerKeyMissingError()
  return undefined
}

export const newLedgerKey = (): LedgerKey => keyFrom(generateKeyPairSync('ed25519').privateKey)

/** Begins a ledger with a new key and a sealed head. @returns the key to use: another node may have been first. */
export async function keepLedgerKey(sql: Sql, sealer: Sealer, made: LedgerKey): Promise<LedgerKey> {
  const present = await ledgerKey(sql, sealer)
  if (present) return present
  const publicKey = made.publicKey.export({ type: 'spki', format: 'der' })
  await sql.run('INSERT INTO ledger_key (id, public_key, sealed_private_key) VALUES (1, ?, ?)', [
    publicKey,
    sealed(made, sealer),
  ])
  await putHead(sql, sealHead(chainStart, made.headKey))
  return made
}

/** Seals the key of a ledger whose head is sealed from now on. */
export async function resealLedgerKey(sql: Sql, sealer: Sealer, key: LedgerKey): Promise<void> {
  await sql.run('UPDATE ledger_key SET sealed_private_key = ? WHERE id = 1', [sealed(key, sealer)])
}

/**
 * The key that a ledger's checkpoints are signed with, as it stands in the database and only as trustworthy as that.
 * @throws LedgerKeyMissingError
 */
export async function statedPublicKey(sql: Sql): Promise<KeyObject> {
  const stored = await storedKey(sql)
  if (!stored) throw new LedgerKeyMissingError()
  return createPublicKey({ key: Buffer.from(stored.public_key), type: 'spki', format: 'der' })
}

/** There is no key where there must be one. */
export class LedgerKeyMissingError extends Error {
  constructor() {
    super(
      'The ledger has no checkpoint key: no server has ever run on this database, or the key was removed from it, and ' +
        'nothing proves the records. Put a backup back with: strongroom restore --replace',
    )
    this.name = 'LedgerKeyMissingError'
  }
}

type StoredKey = { public_key: Uint8Array; sealed_private_key: Uint8Array }

async function storedKey(sql: Sql): Promise<StoredKey | undefined> {
  const [row] = await sql.all<StoredKey>('SELECT public_key, sealed_private_key FROM ledger_key WHERE id = 1')
  return row
}

const sealed = ({ privateKey }: LedgerKey, sealer: Sealer) =>
  sealer.seal(privateKey.export({ type: 'pkcs8', format: 'der' }), sealingContext)

function openedKey({ sealed_private_key: value }: StoredKey, sealer: Sealer): StoredLedgerKey {
  const key = (context: string) =>
    keyFrom(createPrivateKey({ key: sealer.open(value, context), type: 'pkcs8', format: 'der' }))
  try {
    return { ...key(sealingContext), earlier: false }
  } catch {
    return { ...key(earlierSealingContext), earlier: true }
  }
}

function keyFrom(privateKey: KeyObject): LedgerKey {
  const bytes = privateKey.export({ type: 'pkcs8', format: 'der' })
  return {
    privateKey,
    publicKey: createPublicKey(privateKey),
    headKey: createSecretKey(Buffer.from(hkdfSync('sha256', bytes, '', 'strongroom/ledger head', 32))),
  }
}
