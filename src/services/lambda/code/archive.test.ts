import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ZipFile } from 'yazl'
import { zipOf } from '../../../../test/fixtures/zip.ts'
import { checkArchive, readArchive } from './archive.ts'

const corrupt = {
  code: 'InvalidParameterValueException',
  message: 'Could not unzip uploaded file. Please check your file, then try to upload again.',
}

/** An archive whose entry has another name than yazl would write, of the same length. */
async function renamed(from: string, to: string): Promise<Buffer> {
  const zip = await zipOf({ [from]: 'x' })
  return Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1')
}

async function contentsOf(zip: Buffer): Promise<Record<string, string>> {
  const contents: Record<string, string> = {}
  await readArchive(zip, async ({ path, open }) => {
    const chunks: Buffer[] = []
    for await (const chunk of await open()) chunks.push(chunk as Buffer)
    contents[path] = Buffer.concat(chunks).toString()
  })
  return contents
}

test('an archive gives its files with their contents and whether they can be executed', async () => {
  const files = { 'index.mjs': 'a', 'lib/deep/b.txt': 'b'.repeat(100_000), bootstrap: '#!/bin/sh' }
  const zip = await zipOf(files, { bootstrap: 0o100755 })
  assert.deepEqual(await contentsOf(zip), files)
  const executable: string[] = []
  await readArchive(zip, async (file) => void (file.executable && executable.push(file.path)))
  assert.deepEqual(executable, ['bootstrap'])
})

test('what leads out of the folder is refused', async () => {
  for (const [from, to] of [
    ['aa/index.mjs', '../index.mjs'],
    ['aindex.mjs', '/index.mjs'],
    ['a/bb/index.mjs', 'a/../index.mjs'],
    ['ab/index.mjs', 'a\\\\ndex.mjs'],
    ['xyzindex.mjs', 'c:/index.mjs'],
    ['xindex.mjs', '\0index.mjs'],
  ] as const) {
    await assert.rejects(checkArchive(await renamed(from, to)), corrupt, to)
  }
})

test('links, devices and entries that need each other’s place are refused', async () => {
  for (const mode of [0o120777, 0o060644, 0o010644]) {
    await assert.rejects(checkArchive(await zipOf({ 'index.mjs': '/etc/passwd' }, { 'index.mjs': mode })), corrupt)
  }
  await assert.rejects(checkArchive(await zipOf({ lib: 'file', 'lib/a.js': 'below it' })), corrupt)
  await assert.rejects(checkArchive(await zipOf({ [`${'n'.repeat(256)}.js`]: '' })), corrupt)
})

test('bytes that are not an archive, or not a whole one, are refused', async () => {
  const zip = await zipOf({ 'index.mjs': 'export const handler = 1'.repeat(50) })
  await assert.rejects(checkArchive(Buffer.alloc(0)), corrupt)
  await assert.rejects(checkArchive(Buffer.from('PK\x03\x04 and then nothing')), corrupt)
  await assert.rejects(checkArchive(zip.subarray(0, zip.length - 30)), corrupt)
  const altered = Buffer.from(zip)
  const data = altered.indexOf('index.mjs') + 'index.mjs'.length + 12
  altered[data] = (altered[data] ?? 0) ^ 0xff
  await assert.rejects(checkArchive(altered), corrupt)
})

test('an archive that would unpack to more than 250 MB is refused before it is unpacked', async () => {
  const zip = new ZipFile()
  const zeros = Buffer.alloc(40 * 1024 * 1024)
  for (let part = 0; part < 7; part++) zip.addBuffer(zeros, `part-${part}`, { compressionLevel: 1 })
  zip.end()
  const chunks: Buffer[] = []
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer)
  const startedMs = performance.now()
  await assert.rejects(checkArchive(Buffer.concat(chunks)), {
    code: 'InvalidParameterValueException',
    message: 'Unzipped size must be smaller than 262144000 bytes',
  })
  assert.ok(performance.now() - startedMs < 200)
})

test('an archive that lies about its sizes is refused', async () => {
  const zip = await zipOf({ 'index.mjs': Buffer.alloc(100_000) })
  const central = zip.lastIndexOf('PK\x01\x02')
  const lying = Buffer.from(zip)
  lying.writeUInt32LE(10, central + 24)
  await assert.rejects(checkArchive(lying), corrupt)
})

test('any archive with any bytes altered is read or refused in AWS’s words, and never leads out of its folder', async () => {
  const zip = await zipOf({ 'index.mjs': 'export const handler = async () => 1', 'lib/a/b.js': 'x'.repeat(500) })
  const change = fc.tuple(fc.nat(zip.length - 1), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      const altered = Buffer.from(zip)
      for (const [place, byte] of changes) altered[place] = byte
      try {
        await readArchive(altered, async ({ path, open }) => {
          assert.doesNotMatch(path, /^\/|(^|\/)\.\.(\/|$)|\0/)
          for await (const _ of await open());
        })
      } catch (error) {
        const { code } = error as { code?: string }
        // checkArchive reports what inflating finds.
        assert.ok(code === 'InvalidParameterValueException' || error instanceof Error)
      }
      await checkArchive(altered).catch((error) => assert.match(error.code, /^InvalidParameterValueException$/))
    }),
    { numRuns: 200 },
  )
})

test('any bytes at all are refused or read, and nothing else happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      await assert.rejects(checkArchive(Buffer.from(bytes)), corrupt)
    }),
    { numRuns: 100 },
  )
})
