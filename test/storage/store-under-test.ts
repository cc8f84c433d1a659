import { afterEach, beforeEach } from 'node:test'
import type { Migration } from '../../src/core/sql.ts'
import { type OpenStore, type OpenStoreOptions, openStore } from '../../src/storage/open-store.ts'
import { CollectingAppender, randomSealer } from '../../src/storage/testing.ts'
import { type Key, keys, scope } from './contract-fixtures.ts'

/** A place for one test's database. */
export interface TestDatabase {
  database: OpenStoreOptions['database']
  dispose(): Promise<void>
}

/** A table of another module. */
export const notes: Migration = {
  name: '0009-notes',
  up: async (sql) => {
    await sql.run('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)')
  },
}

/** A new store for each test of a suite, with the few words that most tests need. */
export class StoreUnderTest {
  readonly newDatabase: () => Promise<TestDatabase>
  /** True when closing the store is the end of its data. */
  readonly keepsNothing: boolean
  #store: OpenStore | undefined
  #place: TestDatabase | undefined
  appender = new CollectingAppender()

  constructor(newDatabase: () => Promise<TestDatabase>, keepsNothing: boolean) {
    this.newDatabase = newDatabase
    this.keepsNothing = keepsNothing
    beforeEach(async () => {
      this.#place = await newDatabase()
      this.appender = new CollectingAppender()
      this.#store = await this.open()
    })
    afterEach(async () => {
      await this.#store?.close()
      await this.#place?.dispose()
    })
  }

  get store(): OpenStore {
    if (!this.#store) throw new Error('there is a store only inside a test')
    return this.#store
  }

  set store(store: OpenStore) {
    this.#store = store
  }

  open(migrations: readonly Migration[] = [notes]): Promise<OpenStore> {
    if (!this.#place) throw new Error('there is a database only inside a test')
    const { database } = this.#place
    return openStore({ database, sealer: randomSealer(), appender: this.appender, migrations })
  }

  put = (id: string, key: Key): Promise<void> => this.store.transaction((tx) => tx.in(keys).put(scope, id, key))

  get = async (id: string): Promise<Key | undefined> => this.store.in(keys).get(scope, id)

  ids = async (options = {}): Promise<string[]> => (await this.store.in(keys).list(scope, options)).map(({ id }) => id)

  eventNames = (): string[] => this.appender.records.map(({ eventName }) => eventName)
}
