import type { AuditRecord } from '../core/audit.ts'
import type { Sql } from '../core/sql.ts'
import type { CollectionSpec, CollectionWriter, DueWork, Transaction } from '../core/store.ts'
import type { Collections } from './collections.ts'
import { scheduleWork, unscheduleWork } from './due-work.ts'
import { ownSql } from './own-tables.ts'
import type { WorkSql } from './work-sql.ts'

/** One caller's atomic change inside a group. */
export class StoreTransaction implements Transaction {
  readonly #sql: WorkSql
  readonly #collections: Collections
  readonly #records: AuditRecord[]
  readonly #scheduled: (work: DueWork) => void

  /** @param scheduled - called for each piece of work that is scheduled, before it is known whether it commits. */
  constructor(sql: WorkSql, collections: Collections, records: AuditRecord[], scheduled: (work: DueWork) => void) {
    this.#sql = sql
    this.#collections = collections
    this.#records = records
    this.#scheduled = scheduled
  }

  in<T>(spec: CollectionSpec<T>): CollectionWriter<T> {
    return this.#collections.writer(spec, this.#sql)
  }

  sql(service: string): Sql {
    return ownSql(service, this.#sql)
  }

  record(record: AuditRecord): void {
    this.#sql.refuseWhenOver()
    this.#records.push(record)
  }

  schedule(work: DueWork): Promise<void> {
    this.#scheduled(work)
    return scheduleWork(this.#sql, work)
  }

  unschedule(kind: string, key: string): Promise<void> {
    return unscheduleWork(this.#sql, kind, key)
  }
}
