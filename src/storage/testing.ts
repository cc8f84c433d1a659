import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { AuditRecord } from '../core/audit.ts'
import type { Sealer } from '../core/sealer.ts'
import type { Migration, RecordAppender, Sql } from '../core/sql.ts'
import { type OpenStore, openStore } from './open-store.ts'

/** A real store in memory, whose records are collected in the order in which they were committed. */
export async function testStore(
  migrations: readonly Migration[] = [],
): Promise<OpenStore & { records: AuditRecord[] }> {
  const appender = new CollectingAppender()
  const database = { kind: 'sqlite', file: ':memory:' } as const
  const store = await openStore({ database, sealer: randomSealer(), appender, migrations })
  return Object.assign(store, { records: appender.records })
}

/** Stands for the ledger: keeps what was committed. */
export class CollectingAppender implements RecordAppender<AuditRecord> {
  readonly records: AuditRecord[] = []
  /** Set by a test: every append fails, as with a full disk. */
  refusing = false
  #pending: readonly AuditRecord[] = []

  async append(_sql: Sql, records: readonly AuditRecord[]): Promise<void> {
    if (this.refusing) throw new Error('the records are refused')
    this.#pending = [...records]
  }

  committed(): void {
    this.records.push(...this.#pending)
  }

  rolledBack(): void {
    this.#pending = []
  }
}

/** Seals under a key that lives as long as the object. */
export function randomSealer(): Sealer {
  const key = randomBytes(32)
  return {
    seal(plaintext, context) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
      const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext])
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed)
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
    },
  }
}
