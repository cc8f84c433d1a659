import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FairQueue } from './fair-queue.ts'

/** Tasks of accounts, each running until the test ends it. */
function tasksIn(queue: FairQueue) {
  const running: string[] = []
  const ends = new Map<string, PromiseWithResolvers<string>>()
  return {
    running,
    add: (accountId: string, name: string) =>
      queue.run(accountId, () => {
        running.push(name)
        const end = Promise.withResolvers<string>()
        ends.set(name, end)
        return end.promise
      }),
    end: async (name: string) => {
      running.splice(running.indexOf(name), 1)
      ends.get(name)?.resolve(name)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('FairQueue runs the tasks of an account one after the other, and those of another beside them', async () => {
  const { add, end, running } = tasksIn(new FairQueue(2, 10))
  const answers = [add('a', 'a1'), add('a', 'a2'), add('b', 'b1')]
  assert.deepEqual(running, ['a1', 'b1'])
  await end('a1')
  assert.deepEqual(running, ['b1', 'a2'])
  await end('b1')
  await end('a2')
  assert.deepEqual(await Promise.all(answers), ['a1', 'a2', 'b1'])
})

test('FairQueue gives accounts their turns, however much one has asked for before', async () => {
  const { add, end, running } = tasksIn(new FairQueue(1, 10))
  for (const [account, name] of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map((task) => [task.charAt(0), task] as const)) {
    void add(account, name)
  }
  const order: string[] = []
  for (let [name] = running; name !== undefined; [name] = running) {
    order.push(name)
    await end(name)
  }
  assert.deepEqual(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
})

test('FairQueue answers undefined to an account that has too many tasks waiting, and runs the tasks of others', async () => {
  const { add, end, running } = tasksIn(new FairQueue(2, 1))
  const first = add('a', 'a1')
  void add('a', 'a2')
  assert.equal(await add('a', 'a3'), undefined)
  void add('b', 'b1')
  assert.deepEqual(running, ['a1', 'b1'])
  await end('a1')
  assert.equal(await first, 'a1')
  assert.deepEqual(running, ['b1', 'a2'])
})

test('FairQueue goes on after a task that fails', async () => {
  const queue = new FairQueue(1, 10)
  const failed = queue.run('a', async () => {
    throw new Error('broken')
  })
  const next = queue.run('a', async () => 'next')
  await assert.rejects(failed, { message: 'broken' })
  assert.equal(await next, 'next')
})
