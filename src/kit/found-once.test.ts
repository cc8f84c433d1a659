import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Awaitable } from '../core/awaitable.ts'
import { FoundOnce } from './found-once.ts'

/** Counts the look-ups of each name. */
function counted<Found>(answer: (name: string, attempt: number) => Awaitable<Found>) {
  const found = new FoundOnce<Found>()
  const lookUps: string[] = []
  return {
    found,
    lookUps,
    find: (name: string) =>
      found.find(name, () => {
        lookUps.push(name)
        return answer(name, lookUps.length)
      }),
  }
}

test('each name is looked up once, and what is there at once is given at once', () => {
  const { find, lookUps } = counted((name, attempt) => ({ name, attempt }))
  const first = find('a')
  assert.deepEqual(first, { name: 'a', attempt: 1 })
  assert.equal(find('a'), first)
  assert.deepEqual(find('b'), { name: 'b', attempt: 2 })
  assert.deepEqual(lookUps, ['a', 'b'])
})

test('callers that ask while a name is looked up wait for the same answer, and later ones have it at once', async () => {
  const { find, lookUps, found } = counted(async (name) => ({ name }))
  const [one, another] = [find('a'), find('a')]
  assert.ok(one instanceof Promise)
  assert.equal(found.known('a'), undefined)
  assert.equal(await one, await another)
  assert.equal(find('a'), await one)
  assert.equal(found.known('a'), await one)
  assert.deepEqual(lookUps, ['a'])
})

test('what is absent is not looked for again, in either way of answering', async () => {
  for (const answer of [() => undefined, async () => undefined]) {
    const { find, lookUps, found } = counted<undefined>(answer)
    assert.equal(await find('a'), undefined)
    assert.equal(await find('a'), undefined)
    assert.equal(found.known('a'), undefined)
    assert.deepEqual(lookUps, ['a'])
  }
})

test('a look-up that fails is made again', async () => {
  const failing = (attempt: number) => {
    if (attempt === 1) throw new Error('not now')
    return attempt
  }
  for (const answer of [
    (_name: string, attempt: number) => failing(attempt),
    async (_name: string, attempt: number) => failing(attempt),
  ]) {
    const { find } = counted<number>(answer)
    await assert.rejects(async () => find('a'), /not now/)
    assert.equal(await find('a'), 2)
  }
})
