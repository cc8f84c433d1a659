import assert from 'node:assert/strict'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { StoreUnavailableError } from '../../../core/store.ts'
import { s3Fixture } from '../testing.ts'
import { Contents } from './contents.ts'

/** More than a row takes. */
const bytes = Buffer.alloc(40_000, 'x')

async function contentsFixture() {
  const { store, blobs, clock, sealer, settle } = await s3Fixture()
  const contents = new Contents({ store, blobs, clock, sealer })
  const content = await contents.put(
    (async function* () {
      yield bytes
    })(),
  )
  return { store, contents, content, settle }
}

test('the bytes of an object stay where it is not known whether the row that names them was committed', async () => {
  const { store, contents, content } = await contentsFixture()
  const lost = new StoreUnavailableError('The answer to the commit did not arrive.', { outcomeUnknown: true })
  const keeping = contents.keepOrDiscard(content, async () => {
    await store.transaction((tx) => contents.keep(tx, content))
    throw lost
  })
  await assert.rejects(keeping, lost)
  const kept = await contents.open(content.ref, { start: 0, end: bytes.length })
  assert.deepEqual(await buffer(kept as Readable), bytes)
})

test('the bytes of an object that is refused go at once', async () => {
  for (const failure of [new Error('refused'), new StoreUnavailableError('The disk is full.')]) {
    const { store, contents, content, settle } = await contentsFixture()
    const rows = () => store.read((sql) => sql.all('SELECT id FROM blob_content', []))
    assert.equal((await rows()).length > 0, true)
    const keeping = contents.keepOrDiscard(content, async () => {
      throw failure
    })
    await assert.rejects(keeping, failure)
    await settle()
    assert.deepEqual(await rows(), [])
  }
})
