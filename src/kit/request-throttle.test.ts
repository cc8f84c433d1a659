import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import { ServiceError } from '../core/service-error.ts'
import type { RequestQuota, RequestQuotas } from '../core/services/request-quotas.ts'
import { RequestThrottle } from './request-throttle.ts'

const reads: RequestQuota = { name: 'reads', perSecond: 2 }
const writes: RequestQuota = { name: 'writes', perSecond: (region) => (region === 'us-east-1' ? 3 : 1) }
const ofStore: RequestQuota = { name: 'store', perSecond: 1 }

const quotas: RequestQuotas = {
  exceeded: () => new ServiceError('ThrottlingException', 400, 'Rate exceeded'),
  operations: {
    Get: { quotas: [reads] },
    List: { quotas: [reads] },
    Put: { quotas: [reads, writes] },
    Copy: {
      quotas: [writes],
      charges: (_context: unknown, { to }: { to: string }) => [
        { quota: writes },
        { quota: writes, region: to, cost: 2 },
      ],
    },
    Use: {
      quotas: [ofStore],
      charges: async (context: { stores: Record<string, string> }, { key }: { key: string }) =>
        context.stores[key] ? [{ quota: ofStore, of: context.stores[key] }] : [],
    },
  },
}

function throttled() {
  const throttle = new RequestThrottle(quotas)
  const clock = new FixedClock()
  /** @returns how many of so many calls at one time are admitted. */
  async function admitted(
    operation: string,
    times: number,
    input: object = {},
    where: { region?: string; accountId?: string } = {},
  ) {
    const { region = 'us-east-1', accountId = '111122223333' } = where
    let count = 0
    for (let time = 0; time < times; time++) {
      try {
        await throttle.charge({ operation, region, accountId, clock }, { stores: { a: 'x', b: 'y' } }, input)
        count++
      } catch (error) {
        assert.equal((error as ServiceError).code, 'ThrottlingException')
      }
    }
    return count
  }
  return { clock, admitted }
}

test('operations that name the same quota share it, in each account and Region', async () => {
  const { admitted, clock } = throttled()
  assert.deepEqual([await admitted('Get', 1), await admitted('List', 5)], [1, 1])
  assert.equal(await admitted('Get', 5, {}, { region: 'eu-west-1' }), 2)
  assert.equal(await admitted('Get', 5, {}, { accountId: '444455556666' }), 2)
  clock.advance(0.5)
  assert.equal(await admitted('List', 5), 1)
})

test('a call pays each quota of its operation, and what it paid before a refusal stays paid', async () => {
  const { admitted, clock } = throttled()
  const where = { region: 'eu-west-1' }
  assert.equal(await admitted('Put', 3, {}, where), 1)
  assert.equal(await admitted('Get', 1, {}, where), 0)
  clock.advance(1)
  assert.equal(await admitted('Get', 3, {}, where), 2)
})

test('a call may pay more, in another Region, or for one of several things', async () => {
  const { admitted } = throttled()
  assert.equal(await admitted('Copy', 3, { to: 'eu-west-1' }), 1)
  assert.equal(await admitted('Put', 1, {}, { region: 'eu-west-1' }), 0)
  assert.deepEqual(
    [
      await admitted('Use', 3, { key: 'a' }),
      await admitted('Use', 3, { key: 'b' }),
      await admitted('Use', 3, { key: 'c' }),
    ],
    [1, 1, 3],
  )
})

test('an operation without a quota is not limited, whatever it is called', async () => {
  const { admitted } = throttled()
  for (const name of ['Delete', 'toString', '__proto__']) assert.equal(await admitted(name, 100), 100)
})
