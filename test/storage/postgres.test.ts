import { after, before, describe, test } from 'node:test'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'
import { storeContract } from './contract.ts'

const server = await startPostgres()

if (typeof server === 'string') {
  test('A store on PostgreSQL', { skip: server })
} else {
  after(() => server.stop())
  storeContract('A store on PostgreSQL', async () => ({
    database: { kind: 'postgres', url: await server.newDatabase() },
    dispose: async () => {},
  }))
}
