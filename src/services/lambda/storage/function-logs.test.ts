import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lambdaFixture, scope } from '../testing.ts'
import { RecentFunctionLogs } from './function-logs.ts'

const logOf = (requestId: string) => ({ timeMs: 0, requestId, version: '$LATEST', text: requestId })

test('the last fifty logs of a function are kept, also of more functions than places are remembered', async () => {
  const { store, create } = await lambdaFixture()
  const logs = new RecentFunctionLogs(store, 2)
  const names = ['a', 'b', 'c']
  for (const name of names) await create(name)
  for (let round = 0; round < 60; round++) {
    for (const name of names) await store.transaction(await logs.keep(scope, name, logOf(`${name}${round}`)))
  }
  assert.equal(logs.places, 2)
  for (const name of names) {
    const kept = await logs.read(scope, name)
    assert.deepEqual(
      kept.map(({ text }) => text),
      Array.from({ length: 50 }, (_, index) => `${name}${index + 10}`),
    )
  }
})

test('a function that was deleted while it ran leaves no log', async () => {
  const { store, create, call } = await lambdaFixture()
  const logs = new RecentFunctionLogs(store)
  await create('f')
  const keep = await logs.keep(scope, 'f', logOf('late'))
  await call('DeleteFunction', { FunctionName: 'f' })
  await store.transaction(keep)
  assert.deepEqual(await logs.read(scope, 'f'), [])
})
