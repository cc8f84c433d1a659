import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Filter } from '@aws-sdk/client-secrets-manager'
import type { Secret } from './secret.ts'
import { compileFilters } from './secret-filters.ts'
import { secretWith } from './testing.ts'

const among = (secrets: readonly Partial<Secret>[], ...filters: Filter[]) => {
  const fits = compileFilters(filters)
  return secrets.map((changes, place) => (fits(secretWith(changes)) ? place : -1)).filter((place) => place >= 0)
}

test('scenario 42: descriptions are found by the beginnings of their words', () => {
  const secrets = ['a secret', 'an secret', 'asecret', 'thesecret'].map((description) => ({ description }))
  const found = (...Values: string[]) => among(secrets, { Key: 'description', Values })
  assert.deepEqual(found('a'), [0, 1, 2])
  assert.deepEqual(found('!a'), [3])
  assert.deepEqual(found('a secret'), [0, 1])
  assert.deepEqual(found('A SECRET'), [0, 1])
  assert.deepEqual(found('thes', 'an'), [1, 3])
  assert.deepEqual(found('/'), [])
  const twice = [
    { Key: 'description' as const, Values: ['a'] },
    { Key: 'description' as const, Values: ['!an'] },
  ]
  assert.deepEqual(among(secrets, ...twice), [0, 2])
})

test('words are split at special characters and where a capital begins one', () => {
  const secrets = [{ description: 'MyTestDatabase for_rds.prod' }]
  for (const value of ['test', 'database', 'my', 'rds', 'PROD', 'RDS-prod']) {
    assert.deepEqual(among(secrets, { Key: 'description', Values: [value] }), [0], value)
  }
  assert.deepEqual(among(secrets, { Key: 'description', Values: ['atabase'] }), [])
})

test('names, tags and regions are found by their prefix in their own case', () => {
  const secrets: Partial<Secret>[] = [
    { name: '/app/a', tags: [{ Key: 'Team', Value: 'Red' }], primaryRegion: 'us-east-1' },
    { name: 'app/b', tags: [{ Key: 'team', Value: 'red' }], owningService: 'rds' },
  ]
  const found = (Key: Filter['Key'], ...Values: string[]) => among(secrets, { Key, Values })
  assert.deepEqual(found('name', '/'), [0])
  assert.deepEqual(found('name', '!/'), [1])
  assert.deepEqual(found('name', 'App'), [])
  assert.deepEqual(found('tag-key', 'T'), [0])
  assert.deepEqual(found('tag-value', 're'), [1])
  assert.deepEqual(found('primary-region', 'us-'), [0])
  assert.deepEqual(found('owning-service', 'RDS'), [1])
})

test('all looks at name, description and tags together', () => {
  const secrets = [{ name: 'app/db', description: 'orders', tags: [{ Key: 'env', Value: 'prod' }] }]
  assert.deepEqual(among(secrets, { Key: 'all', Values: ['orders prod db'] }), [0])
  assert.deepEqual(among(secrets, { Key: 'all', Values: ['orders test'] }), [])
})

test('a filter without key or values is refused', () => {
  assert.throws(() => compileFilters([{ Values: ['a'] }]), { message: 'Invalid filter key' })
  assert.throws(() => compileFilters([{ Key: 'description' }]), {
    message: 'Invalid filter values for key: description',
  })
})
