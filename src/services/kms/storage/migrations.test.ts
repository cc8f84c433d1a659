import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testStore } from '../../../storage/testing.ts'
import { keyWith } from '../domain/testing.ts'
import { keys, scopeOf } from './collections.ts'
import { kmsMigrations } from './migrations.ts'

const insert = 'INSERT INTO documents (collection, account, region, id, document) VALUES (?, ?, ?, ?, ?)'

test('keys that were kept before they knew the states of their materials are brought up to date, however many there are', async () => {
  const store = await testStore()
  const expected = Array.from({ length: 1100 }, (_, at) =>
    keyWith({ keyId: `key-${String(at).padStart(4, '0')}`, region: at % 3 === 0 ? 'eu-west-1' : 'us-east-1' }),
  )
  await store.write(async (sql) => {
    for (const { materials, onDemandRotations: _, ...key } of expected) {
      const before = { ...key, materialIds: materials.map(({ materialId }) => materialId) }
      await sql.run(insert, [keys.name, key.accountId, key.region, key.keyId, JSON.stringify(before)])
    }
    for (const { up } of kmsMigrations) await up(sql)
  })
  for (const key of expected) assert.deepEqual(await store.in(keys).get(scopeOf(key), key.keyId), key)
})
