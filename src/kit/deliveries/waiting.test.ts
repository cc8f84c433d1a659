import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mock, test } from 'node:test'
import { dayMs, secondMs } from '../../core/durations.ts'
import type { ServiceHost } from '../../core/services/service-module.ts'
import { deliveryFixture, scope } from '../../testing/delivery-fixture.ts'
import { eventually } from '../../testing/eventually.ts'
import { deliveriesOf } from './deliveries.ts'
import type { Delivery } from './delivery.ts'
import { DeliveryRefused } from './failure.ts'

test('a target that does not answer is left alone until its next try, and does not keep others waiting', async () => {
  const asked: string[] = []
  const senders = {
    http: async (input: object) => {
      const { url, n } = input as { url: string; n: number }
      asked.push(`${url} ${n}`)
      if (url !== 'dead') return
      await new Promise((resolve) => setTimeout(resolve, 20))
      throw new DeliveryRefused({ code: 'Unreachable', message: 'no answer', status: 0, isPermanent: false })
    },
  }
  const { deliver, settle, advance, ends } = await deliveryFixture({ senders, atOnce: 2 })
  const to = (url: string, n: number) => deliver({ target: { arn: url, sender: 'http', input: { url, n } } })
  for (let n = 0; n < 100; n++) await to('dead', n)
  await to('alive', 0)
  await settle()
  assert.deepEqual(asked, ['dead 0', 'alive 0'])
  assert.equal(ends.length, 1)
  await to('alive', 1)
  await settle()
  assert.deepEqual(asked.slice(2), ['alive 1'])
  asked.length = 2
  await advance(10 * secondMs)
  assert.equal(asked.length, 3)
})

test('a target that takes long for its answers has some at a time, and does not hold up others; each is made once', async () => {
  const asked: string[] = []
  const answer = Promise.withResolvers<void>()
  const senders = {
    http: async (input: object) => {
      const { url, n } = input as { url: string; n: number }
      asked.push(`${url} ${n}`)
      if (url === 'slow') await answer.promise
    },
  }
  const { deliver, settle, advance, ends, faults } = await deliveryFixture({ senders, atOnce: 4 })
  const to = (url: string, n: number) => deliver({ target: { arn: url, sender: 'http', input: { url, n } } })
  for (let n = 0; n < 20; n++) await to('slow', n)
  await to('quick', 0)
  const begunMs = performance.now()
  await settle()
  assert.ok(performance.now() - begunMs < 4000)
  assert.deepEqual(asked, ['slow 0', 'slow 1', 'quick 0'])
  await to('quick', 1)
  await settle()
  assert.deepEqual(asked.slice(3), ['quick 1'])
  // However long they take, they are not made again meanwhile.
  await advance(60 * secondMs)
  assert.deepEqual(asked.slice(4), [])
  answer.resolve()
  await eventually(() => ends.length === 4)
  await advance(60 * secondMs)
  const slow = asked.filter((name) => name.startsWith('slow'))
  assert.deepEqual([slow.length, new Set(slow).size, ends.length, faults], [20, 20, 22, []])
})

test('what a killed server was waiting for is made by another one half a minute later', async () => {
  const never = new Promise<void>(() => {})
  const { deliver, settle, store, clock, faults } = await deliveryFixture({ senders: { http: () => never } })
  await deliver({ target: { arn: 'slow', sender: 'http', input: {} } })
  await settle()
  const made: string[] = []
  const source = { name: 'source', principal: 'source.amazonaws.com', pauseMs: () => secondMs }
  const senders = { http: async (_input: object, { target }: Delivery) => void made.push(target.arn) }
  const { signal } = new AbortController()
  const host = { store, clock, signal, onFault: (fault: unknown) => faults.push(fault) }
  const other = Object.values(deliveriesOf({ ...source, senders }).work(host as unknown as ServiceHost))[0]
  const run = async () => {
    assert.ok(other && typeof other !== 'function')
    const change = await other.run({ kind: '', key: '', dueAtMs: 0, scope, payload: null })
    await store.transaction(async (tx) => void (await change(tx)))
  }
  clock.advance(29)
  await run()
  assert.deepEqual(made, [])
  clock.advance(2)
  await run()
  assert.deepEqual([made, faults], [['slow'], []])
})

test('what was under way when the server stopped is neither tried nor given up', async () => {
  let asked = 0
  const senders = {
    http: async (_input: object, _delivery: Delivery, signal: AbortSignal) => {
      asked++
      await once(signal, 'abort')
      throw new DeliveryRefused({ code: 'Unreachable', message: 'aborted', status: 0, isPermanent: false })
    },
  }
  const { deliver, settle, interrupt, ends, store } = await deliveryFixture({ senders })
  for (const order of [undefined, 'in order']) {
    const target = { arn: 'x', sender: 'http', input: {} }
    await deliver({ target, order, retry: { retries: 0, maxAgeMs: dayMs } })
  }
  const settled = settle()
  await eventually(() => asked === 2)
  interrupt()
  await settled
  const waiting = await store.read((sql) => sql.all('SELECT id FROM documents WHERE id LIKE ?', ['0%']))
  assert.deepEqual([ends, waiting.length], [[], 2])
})

test('a long row that waits behind a delivery of its order is not read again for each that comes, and is made in its order', async () => {
  let fails = true
  const made: string[] = []
  const senders = {
    web: async (input: object) => {
      const { name } = input as { name: string }
      if (fails && name.startsWith('row')) {
        throw new DeliveryRefused({ code: 'Busy', message: '', status: 503, isPermanent: false })
      }
      made.push(name)
    },
  }
  const { deliver, settle, advance, clock, store } = await deliveryFixture({ senders, pauseMs: () => 300 * secondMs })
  const to = (name: string, order?: string) => deliver({ target: { arn: 'x', sender: 'web', input: { name } }, order })
  for (let n = 0; n < 500; n++) await to(`row ${n}`, 'order')
  await settle()
  clock.advance(120)
  await to('other')
  await settle()
  const reads = mock.method(store, 'in')
  for (let n = 0; n < 10; n++) {
    await to(`other ${n}`)
    await to(`row ${500 + n}`, 'order')
    await settle()
  }
  const pages = reads.mock.calls.filter(({ arguments: [spec] }) => spec.name === 'source.deliveries').length
  assert.ok(pages <= 30, `${pages} pages`)
  assert.equal(made.length, 11)
  fails = false
  made.length = 0
  await advance(300 * secondMs)
  assert.deepEqual(
    made,
    Array.from({ length: 510 }, (_, n) => `row ${n}`),
  )
})

test('a clock that is set back does not leave deliveries waiting for the time that it had shown', async () => {
  let fails = true
  const made: string[] = []
  const senders = {
    web: async (input: object) => {
      if (fails) throw new DeliveryRefused({ code: 'Busy', message: '', status: 503, isPermanent: false })
      made.push((input as { name: string }).name)
    },
  }
  const { deliver, settle, clock } = await deliveryFixture({ senders })
  const to = (name: string, order?: string) => deliver({ target: { arn: 'x', sender: 'web', input: { name } }, order })
  const nowMs = clock.nowMs()
  clock.timeMs = nowMs + 365 * dayMs
  await to('alone')
  await to('first', 'order')
  await settle()
  await to('second', 'order')
  fails = false
  clock.timeMs = nowMs
  await eventually(async () => {
    await settle()
    return made.length === 3
  })
  assert.deepEqual(made.toSorted(), ['alone', 'first', 'second'])
  assert.ok(made.indexOf('first') < made.indexOf('second'))
})
