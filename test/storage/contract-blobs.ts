import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { BlobRange } from '../../src/core/blobs.ts'
import { createScheduler } from '../../src/scheduler/scheduler.ts'
import type { BlobContent } from '../../src/storage/blobs/blob-content.ts'
import { BlobStore } from '../../src/storage/blobs/blob-store.ts'
import { frameBytes, sealedFrameBytes } from '../../src/storage/blobs/frames.ts'
import type { OpenStore } from '../../src/storage/open-store.ts'
import { FixedClock } from '../fixtures/call.ts'

/** Where a test's blobs are. */
export interface BlobPlace {
  store: OpenStore
  content: BlobContent
  /** How many contents there are, or beginnings of some. */
  contents(): Promise<number>
  /** Changes the sealed bytes of a content behind its back. */
  tamper(id: string, change: (sealed: Buffer) => Buffer): Promise<void>
  dispose(): Promise<void>
}

const dayMs = 24 * 60 * 60 * 1000

/** What every place of contents must do under the blob store. */
export function blobContract(title: string, newPlace: () => Promise<BlobPlace>): void {
  describe(title, () => {
    let place: BlobPlace
    let clock: FixedClock
    let blobs: BlobStore

    beforeEach(async () => {
      place = await newPlace()
      clock = new FixedClock()
      blobs = new BlobStore(place.store, place.content, clock)
    })
    afterEach(() => place.dispose())

    const newBlob = async (content: Uint8Array | AsyncIterable<Uint8Array>) => {
      const blob = await blobs.put(content)
      await place.store.transaction((tx) => blobs.commit(tx, blob))
      return blob
    }
    const read = async (id: string, range?: BlobRange) => buffer(await blobs.read(id, range))
    const remove = (id: string) => place.store.transaction((tx) => blobs.remove(tx, id))
    const runDue = async () => {
      const scheduler = createScheduler({ store: place.store, clock, runners: blobs.work, onError: assert.fail })
      await scheduler.runDue()
      await scheduler.stop()
    }

    test('A blob that was put with a key is read with that key alone', async () => {
      const content = randomBytes(frameBytes + 5)
      const [key, other] = [createSecretKey(randomBytes(32)), createSecretKey(randomBytes(32))]
      const blob = await blobs.put(content, key)
      await place.store.transaction((tx) => blobs.commit(tx, blob))
      assert.ok((await buffer(await blobs.read(blob.id, undefined, key))).equals(content))
      for (const wrong of [undefined, other]) {
        await assert.rejects(buffer(await blobs.read(blob.id, undefined, wrong)), /was altered/)
      }
    })

    test('Bytes of any size are read as they were put, whole and in part', async () => {
      for (const bytes of [0, 1, frameBytes, frameBytes + 1, 4 * frameBytes, 10 * frameBytes + 77]) {
        const content = randomBytes(bytes)
        const blob = await newBlob(content)
        assert.equal(blob.bytes, bytes)
        assert.ok((await read(blob.id)).equals(content))
        const ends = [0, 1, frameBytes - 1, frameBytes, 4 * frameBytes, 4 * frameBytes + 1, bytes]
        for (const start of ends.filter((at) => at <= bytes)) {
          for (const end of ends.filter((at) => at >= start && at <= bytes)) {
            assert.ok((await read(blob.id, { start, end })).equals(content.subarray(start, end)), `${start} to ${end}`)
          }
        }
        for (const [start, end] of [
          [-1, 0],
          [0, bytes + 1],
          [1, 0],
        ] as const) {
          await assert.rejects(blobs.read(blob.id, { start, end }), RangeError)
        }
      }
    })

    test('A stream is stored as it comes, in pieces of any size', async () => {
      const content = randomBytes(700_000)
      const blob = await newBlob(
        (async function* () {
          for (let start = 0; start < content.length; start += 12_345) yield content.subarray(start, start + 12_345)
        })(),
      )
      assert.equal(blob.bytes, content.length)
      assert.ok((await read(blob.id)).equals(content))
    })

    test('A stream that breaks off leaves nothing, and its error is the answer', async () => {
      const broken = (async function* () {
        yield randomBytes(600_000)
        throw new Error('the client has gone')
      })()
      await assert.rejects(blobs.put(broken), /the client has gone/)
      await runDue()
      assert.equal(await place.contents(), 0)
    })

    test('A blob is there once it is committed, with the transaction that does it', async () => {
      const blob = await blobs.put(Buffer.from('content'))
      await assert.rejects(read(blob.id), /there is no blob/)
      const failing = place.store.transaction(async (tx) => {
        await blobs.commit(tx, blob)
        throw new Error('refused')
      })
      await assert.rejects(failing, /refused/)
      await assert.rejects(read(blob.id), /there is no blob/)
      await place.store.transaction((tx) => blobs.commit(tx, blob))
      clock.timeMs += 2 * dayMs
      await runDue()
      assert.equal((await read(blob.id)).toString(), 'content')
    })

    test('A blob that is removed is gone with the transaction that does it, and its bytes soon after', async () => {
      const { id } = await newBlob(randomBytes(300_000))
      const failing = place.store.transaction(async (tx) => {
        await blobs.remove(tx, id)
        throw new Error('refused')
      })
      await assert.rejects(failing, /refused/)
      await runDue()
      assert.equal((await read(id)).length, 300_000)
      await remove(id)
      await assert.rejects(read(id), /there is no blob/)
      assert.equal(await place.contents(), 1)
      clock.timeMs += place.content.staysForReadersMs
      await runDue()
      assert.equal(await place.contents(), 0)
    })

    test('A blob that is removed while it is read is read to its end, however long that takes, and its bytes go afterwards', async () => {
      const content = randomBytes(40 * frameBytes)
      const { id } = await newBlob(content)
      // As on another node: with nothing in common but the database and the contents.
      const reader = new BlobStore(place.store, place.content, clock)
      const given: Buffer[] = []
      for await (const chunk of await reader.read(id)) {
        given.push(chunk)
        if (given.length === 1) await remove(id)
        // What the stream has read ahead is behind it by less than this.
        clock.timeMs += place.content.staysForReadersMs / 20
        await runDue()
      }
      assert.ok(Buffer.concat(given).equals(content))
      clock.timeMs += place.content.staysForReadersMs
      await runDue()
      assert.equal(await place.contents(), 0)
    })

    test('A blob that nothing commits is removed after a day, or when the next process begins', async () => {
      const [late, lost] = [await blobs.put(Buffer.from('late')), await blobs.put(Buffer.from('lost'))]
      clock.timeMs += dayMs - 1
      await runDue()
      assert.equal(await place.contents(), 2)
      clock.timeMs += 1
      await runDue()
      assert.equal(await place.contents(), 0)
      for (const blob of [late, lost]) {
        await assert.rejects(
          place.store.transaction((tx) => blobs.commit(tx, blob)),
          /there is no blob/,
        )
      }
      const kept = await newBlob(Buffer.from('kept'))
      await blobs.put(Buffer.from('left by a crash'))
      await blobs.removeAbandoned()
      await runDue()
      assert.equal(await place.contents(), 1)
      assert.equal((await read(kept.id)).toString(), 'kept')
    })

    test('A blob whose document is removed while its bytes come is refused, and leaves none', async () => {
      const slow = (async function* () {
        yield randomBytes(300_000)
        await blobs.removeAbandoned()
        await runDue()
        yield randomBytes(300_000)
      })()
      await assert.rejects(blobs.put(slow), /there is no blob/)
      await runDue()
      assert.equal(await place.contents(), 0)
    })

    test('Bytes that were changed, cut off, exchanged or repeated are an error, and none of their frame is given', async () => {
      const content = randomBytes(6 * frameBytes + 100)
      const frame = (sealed: Buffer, number: number) =>
        sealed.subarray(number * sealedFrameBytes, (number + 1) * sealedFrameBytes)
      const flip = (at: number) => (sealed: Buffer) => {
        const flipped = Buffer.from(sealed)
        flipped[at] = (flipped[at] ?? 0) ^ 1
        return flipped
      }
      const other = await newBlob(randomBytes(content.length))
      let otherSealed = Buffer.alloc(0)
      await place.tamper(other.id, (sealed) => {
        otherSealed = Buffer.from(sealed)
        return sealed
      })
      const changes: [change: (sealed: Buffer) => Buffer, firstBad: number][] = [
        [flip(0), 0],
        [flip(2 * sealedFrameBytes + 5), 2],
        [(sealed) => flip(sealed.length - 1)(sealed), 6],
        [(sealed) => sealed.subarray(0, sealed.length - 1), 6],
        [(sealed) => sealed.subarray(0, 6 * sealedFrameBytes), 6],
        [() => Buffer.alloc(0), 0],
        [(sealed) => Buffer.concat([frame(sealed, 1), frame(sealed, 0), sealed.subarray(2 * sealedFrameBytes)]), 0],
        [(sealed) => Buffer.concat([sealed.subarray(0, 5 * sealedFrameBytes), frame(sealed, 4), frame(sealed, 6)]), 5],
        [
          (sealed) => Buffer.concat([frame(sealed, 0), frame(otherSealed, 1), sealed.subarray(2 * sealedFrameBytes)]),
          1,
        ],
        [() => otherSealed, 0],
      ]
      for (const [number, [change, firstBad]] of changes.entries()) {
        const { id } = await newBlob(content)
        await place.tamper(id, change)
        const good = firstBad * frameBytes
        const given: Buffer[] = []
        const whole = (async () => {
          for await (const chunk of await blobs.read(id)) given.push(chunk)
        })()
        await assert.rejects(whole, /was altered, moved or cut off/, `change ${number}`)
        assert.ok(content.subarray(0, good).equals(Buffer.concat(given)), `change ${number}`)
        await assert.rejects(read(id, { start: good, end: good + 1 }), /was altered, moved or cut off/)
      }
    })

    test('What is at rest does not show the bytes', async () => {
      const { id } = await newBlob(Buffer.from('a secret that must not be found'))
      await place.tamper(id, (sealed) => {
        assert.ok(!sealed.includes('secret'))
        return sealed
      })
    })
  })
}
