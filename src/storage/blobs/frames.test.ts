import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { frameBytes, inFrames, openFrame, sealFrame } from './frames.ts'

const newKey = () => createSecretKey(randomBytes(32))

test('a frame opens under its key, at its number, and as the last or not the last alone', () => {
  const key = newKey()
  const sealed = Buffer.alloc('content'.length + 16)
  const pieces = [Buffer.from('con'), Buffer.from('tent')]
  assert.equal(sealFrame(key, 7, { pieces, isLast: false }, sealed), sealed.length)
  assert.equal(openFrame(key, 7, false, sealed)?.toString(), 'content')
  assert.equal(openFrame(newKey(), 7, false, sealed), undefined)
  assert.equal(openFrame(key, 8, false, sealed), undefined)
  assert.equal(openFrame(key, 7, true, sealed), undefined)
  assert.equal(openFrame(key, 7, false, sealed.subarray(1)), undefined)
  assert.equal(openFrame(key, 7, false, Buffer.alloc(0)), undefined)
  for (let i = 0; i < sealed.length; i++) {
    const flipped = Buffer.from(sealed)
    flipped[i] = (flipped[i] ?? 0) ^ 1
    assert.equal(openFrame(key, 7, false, flipped), undefined)
  }
})

test('bytes come in full frames, whatever pieces they come in, and only the last frame is marked', async () => {
  for (const bytes of [0, 1, frameBytes - 1, frameBytes, frameBytes + 1, 3 * frameBytes]) {
    const content = randomBytes(bytes)
    for (const pieceBytes of [1000, frameBytes, 5 * frameBytes]) {
      const pieces: Buffer[] = []
      for (let start = 0; start < bytes; start += pieceBytes) pieces.push(content.subarray(start, start + pieceBytes))
      const frames: { bytes: Buffer; isLast: boolean }[] = []
      for await (const frame of inFrames(pieces)) {
        const bytes = Buffer.concat(frame.pieces)
        assert.equal(bytes.length, frame.bytes)
        frames.push({ bytes, isLast: frame.isLast })
      }
      assert.deepEqual(Buffer.concat(frames.map((frame) => frame.bytes)), content)
      assert.equal(
        frames.findIndex(({ isLast }) => isLast),
        frames.length - 1,
      )
      assert.equal(frames.length, Math.max(1, Math.ceil(bytes / frameBytes)))
      assert.ok(frames.slice(0, -1).every((frame) => frame.bytes.length === frameBytes))
    }
  }
})
