import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import { dayMs } from '../core/durations.ts'
import { randomSealer } from '../storage/testing.ts'
import { proveEvent } from './event-proof.ts'
import { auditRecord, openLedger, temporaryFiles } from './testing.ts'

/** An event id of a time. */
function idAt(timeMs: number, number = 0): string {
  const hex = timeMs.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`
}

test('each record is proven up to the next checkpoint, whatever its id says of its time', async () => {
  using files = temporaryFiles()
  const clock = new FixedClock()
  await using opened = await openLedger(files, randomSealer(), clock)
  const records = Array.from({ length: 700 }, (_, n) =>
    // Some ids are random, some of another time.
    auditRecord(n % 3 === 0 ? {} : { eventID: idAt(clock.timeMs + (n % 3 === 1 ? 0 : 3e9), n) }),
  )
  await opened.record(...records)
  for (const number of [1, 2, 255, 256, 257, 600, 700]) {
    const eventId = records[number - 1]?.eventID ?? ''
    const proof = await opened.ledger.prove(eventId)
    const signed = Math.min(Math.ceil(number / 256) * 256, 700)
    assert.deepEqual([proof.seq, proof.checkpoint.seq, proof.records.length], [number, signed, signed - number + 1])
    assert.equal(JSON.parse(proof.records[0]?.record ?? '').eventID, eventId)
  }
})

test('an id that stands only in the parameters of another call is not taken for that event', async () => {
  using files = temporaryFiles()
  await using opened = await openLedger(files, randomSealer())
  await opened.record(auditRecord({ requestParameters: { eventID: 'within' } }))
  await assert.rejects(opened.ledger.prove('within'), { reason: 'unknown' })
})

test('an event of the time that retention has removed is said to be removed, and another to be unknown', async () => {
  using files = temporaryFiles()
  const clock = new FixedClock()
  const rule = { maxAgeMs: 3 * dayMs, reason: 'older than 3d' }
  await using opened = await openLedger(files, randomSealer(), clock, rule)
  const timed = (n: number) =>
    auditRecord({ eventID: idAt(clock.timeMs, n), eventTime: new Date(clock.timeMs).toISOString() })
  const old = Array.from({ length: 300 }, (_, n) => timed(n))
  await opened.record(...old)
  clock.advance((5 * dayMs) / 1000)
  await opened.record(...Array.from({ length: 300 }, (_, n) => timed(n)))
  await opened.retain()
  const removed = /retention has removed records 1 to 256 \(older than 3d\), and it is of their time/
  await assert.rejects(opened.ledger.prove(old[0]?.eventID ?? ''), { reason: 'removed', message: removed })
  await assert.rejects(opened.ledger.prove(idAt(clock.timeMs + dayMs)), { reason: 'unknown' })
  const first = old[256]?.eventID ?? ''
  assert.equal((await opened.ledger.prove(first)).seq, 257)
})

test('a chain, a checkpoint or a key that does not hold gives no proof', async () => {
  for (const harm of [
    "UPDATE ledger_records SET record = record || ' ' WHERE seq = 2",
    'UPDATE ledger_records SET hash = zeroblob(32) WHERE seq = 1',
    'DELETE FROM ledger_records WHERE seq = 3',
    'UPDATE ledger_checkpoints SET time_ms = time_ms + 1',
    'UPDATE ledger_checkpoints SET hash = zeroblob(32)',
    'DELETE FROM ledger_checkpoints WHERE seq = 256',
  ]) {
    using files = temporaryFiles()
    await using opened = await openLedger(files, randomSealer())
    const records = Array.from({ length: 300 }, () => auditRecord())
    await opened.record(...records)
    const { database, key } = opened
    const eventId = records[1]?.eventID ?? ''
    assert.equal((await proveEvent(database, eventId, key.publicKey)).seq, 2)
    await database.run(harm)
    await assert.rejects(proveEvent(database, eventId, key.publicKey), { reason: 'unsound' }, harm)
  }
})
