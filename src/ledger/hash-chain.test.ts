import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { chainStart, following, hashAt } from './hash-chain.ts'

test('a record is hashed over the tag, the hash before it, its number and its text, in this order', () => {
  const first = following(chainStart, '{"eventName":"Grüße"}')
  const second = following(first, '{}')
  const expected = (previous: Uint8Array, seq: string, text: string) =>
    createHash('sha256')
      .update('strongroom ledger record 1\0')
      .update(previous)
      .update(Buffer.from(seq, 'hex'))
      .update(text)
      .digest()
  assert.deepEqual(first, { seq: 1, hash: expected(Buffer.alloc(32), '0000000000000001', '{"eventName":"Grüße"}') })
  assert.deepEqual(second, { seq: 2, hash: expected(first.hash, '0000000000000002', '{}') })
})

test('a number beyond 32 bits is hashed in full', () => {
  const seq = Number.MAX_SAFE_INTEGER
  const at = (shown: number) => hashAt(shown, chainStart.hash, '').toString('hex')
  assert.equal(new Set([seq, seq - 2 ** 32, seq % 2 ** 32].map(at)).size, 3)
  const expected = Buffer.concat([
    Buffer.from('strongroom ledger record 1\0'),
    chainStart.hash,
    Buffer.from('001fffffffffffff', 'hex'),
  ])
  assert.equal(at(seq), createHash('sha256').update(expected).digest('hex'))
})

test('a hash differs when the number, the hash before or the text differs', () => {
  const one = new Uint8Array(32).fill(1)
  const hashes = [hashAt(1, one, 'a'), hashAt(2, one, 'a'), hashAt(1, chainStart.hash, 'a'), hashAt(1, one, 'b')]
  assert.equal(new Set(hashes.map((hash) => hash.toString('hex'))).size, 4)
})
