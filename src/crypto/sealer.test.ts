import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { openStore } from '../storage/open-store.ts'
import { CollectingAppender } from '../storage/testing.ts'
import { type RootKeySource, rootKeyOf } from './root-key.ts'
import { RootKeyError, WrongRootKeyError } from './root-key-text.ts'
import { openSealer, StorageSealer } from './sealer.ts'

const directory = mkdtempSync(join(tmpdir(), 'strongroom-root-key-'))
after(() => rmSync(directory, { recursive: true }))

const secrets = { name: 'test.secrets', sealed: ['text' as const], indexes: {} }
const scope = { accountId: '111122223333', region: '' }

/** Starts on a database file under a root key, does the work and stops. */
async function withStore<R>(
  file: string,
  source: RootKeySource,
  work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<R>,
) {
  const rootKey = rootKeyOf(source)
  const store = await openStore({
    database: { kind: 'sqlite', file: join(directory, file) },
    sealer: (sql) => openSealer(sql, rootKey),
    appender: new CollectingAppender(),
  })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

const writeSecret = (file: string, source: RootKeySource) =>
  withStore(file, source, (store) =>
    store.transaction((tx) => tx.in<{ text: string }>(secrets).put(scope, 's', { text: 'hidden' })),
  )

const readSecret = (file: string, source: RootKeySource) =>
  withStore(file, source, async (store) => store.in<{ text: string }>(secrets).get(scope, 's'))

test('A sealer opens what it sealed, whatever it is', () => {
  const sealer = new StorageSealer(randomBytes(32))
  fc.assert(
    fc.property(fc.uint8Array(), fc.string(), (plaintext, context) => {
      assert.deepEqual(sealer.open(sealer.seal(plaintext, context), context), Buffer.from(plaintext))
    }),
  )
})

test('A sealer does not open a value with any bit changed, cut short, moved or sealed under another key', () => {
  const sealer = new StorageSealer(randomBytes(32))
  const sealed = sealer.seal(Buffer.from('secret'), 'kms.keys/1/k1')
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const altered = Buffer.from(sealed)
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.throws(() => sealer.open(altered, 'kms.keys/1/k1'), /altered, moved or sealed under another key/)
  }
  for (let length = 0; length < sealed.length; length++) {
    assert.throws(() => sealer.open(sealed.subarray(0, length), 'kms.keys/1/k1'), /altered/)
  }
  assert.throws(() => sealer.open(sealed, 'kms.keys/1/k2'), /altered/)
  assert.throws(() => new StorageSealer(randomBytes(32)).open(sealed, 'kms.keys/1/k1'), /altered/)
})

test('A sealer never seals alike twice', () => {
  const sealer = new StorageSealer(randomBytes(32))
  const sealed = Array.from({ length: 100 }, () => sealer.seal(Buffer.from('same'), 'same').toString('base64'))
  assert.equal(new Set(sealed).size, 100)
})

test('A derived key is the same for its purpose and storage key alone', () => {
  const storageKey = randomBytes(32)
  const key = new StorageSealer(storageKey).derive('session tokens')
  assert.equal(key.length, 32)
  assert.deepEqual(new StorageSealer(storageKey).derive('session tokens'), key)
  assert.notDeepEqual(new StorageSealer(storageKey).derive('audit'), key)
  assert.notDeepEqual(new StorageSealer(randomBytes(32)).derive('session tokens'), key)
})

const value = randomBytes(32)
const sources: Record<string, { right: RootKeySource; wrong: RootKeySource }> = {
  'key file': {
    right: { kind: 'file', file: join(directory, 'root.key') },
    wrong: { kind: 'file', file: join(directory, 'other.key') },
  },
  'value from the environment': {
    right: { kind: 'value', value: value.toString('hex'), from: 'STRONGROOM_ROOT_KEY' },
    wrong: { kind: 'value', value: randomBytes(32).toString('base64'), from: 'STRONGROOM_ROOT_KEY' },
  },
  passphrase: {
    right: { kind: 'passphrase', passphrase: 'correct horse battery', from: 'STRONGROOM_PASSPHRASE' },
    wrong: { kind: 'passphrase', passphrase: 'correct horse batterY', from: 'STRONGROOM_PASSPHRASE' },
  },
}
writeFileSync(join(directory, 'other.key'), randomBytes(32).toString('hex'), { mode: 0o600 })

for (const [name, { right, wrong }] of Object.entries(sources)) {
  test(`A ${name} opens the database again, and a wrong one changes nothing`, async () => {
    const file = `${right.kind}.db`
    await writeSecret(file, right)
    assert.deepEqual(await readSecret(file, right), { text: 'hidden' })
    const before = readFileSync(join(directory, file))
    const provider = rootKeyOf(wrong).provider
    await assert.rejects(readSecret(file, wrong), (error) => {
      assert.ok(error instanceof WrongRootKeyError)
      assert.ok(error.message.includes(provider), error.message)
      assert.doesNotMatch(error.message, /battery/i)
      return true
    })
    assert.deepEqual(readFileSync(join(directory, file)), before)
    assert.deepEqual(await readSecret(file, right), { text: 'hidden' })
  })
}

test('A root key of another kind is a wrong one', async () => {
  for (const { right } of Object.values(sources)) {
    for (const other of Object.values(sources)) {
      const opens = readSecret(`${right.kind}.db`, other.right)
      if (other.right === right) assert.deepEqual(await opens, { text: 'hidden' })
      else await assert.rejects(opens, WrongRootKeyError)
    }
  }
})

test('A value may be written as hex or as base64', async () => {
  const asBase64: RootKeySource = {
    kind: 'value',
    value: ` ${value.toString('base64')}\n`,
    from: 'STRONGROOM_ROOT_KEY',
  }
  assert.deepEqual(await readSecret('value.db', asBase64), { text: 'hidden' })
})

test('A value that is not 32 bytes and a short passphrase are refused without being shown', () => {
  for (const bad of ['', 'hunter2', randomBytes(31).toString('hex'), randomBytes(33).toString('base64')]) {
    assert.throws(
      () => rootKeyOf({ kind: 'value', value: bad, from: 'STRONGROOM_ROOT_KEY' }),
      (error) =>
        error instanceof RootKeyError &&
        error.message.startsWith('STRONGROOM_ROOT_KEY') &&
        (bad === '' || !error.message.includes(bad)),
    )
  }
  assert.throws(() => rootKeyOf({ kind: 'passphrase', passphrase: 'elevenchars', from: 'X' }), /at least 12 characters/)
})

test('A key file is created on first start alone, readable by its owner alone', async () => {
  const file = join(directory, 'created.key')
  const source: RootKeySource = { kind: 'file', file }
  await writeSecret('created.db', source)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const text = readFileSync(file, 'utf8')
  assert.equal(Buffer.from(text, 'base64').length, 32)
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('created.key.')),
    [],
  )
  await writeSecret('second.db', source)
  assert.equal(readFileSync(file, 'utf8'), text)
  rmSync(file)
  await assert.rejects(readSecret('created.db', source), /There is no key file .*created\.key/)
  assert.equal(existsSync(file), false)
  writeFileSync(file, text, { mode: 0o600 })
  assert.deepEqual(await readSecret('created.db', source), { text: 'hidden' })
})

test('A key file that others can read or that holds no key is refused', {
  skip: process.platform === 'win32',
}, async () => {
  const file = join(directory, 'open.key')
  const source: RootKeySource = { kind: 'file', file }
  await writeSecret('open.db', source)
  for (const mode of [0o640, 0o604, 0o666]) {
    chmodSync(file, mode)
    await assert.rejects(readSecret('open.db', source), (error) => {
      return error instanceof RootKeyError && error.message.includes(`chmod 600 ${file}`)
    })
  }
  chmodSync(file, 0o600)
  assert.deepEqual(await readSecret('open.db', source), { text: 'hidden' })
  writeFileSync(file, 'no key')
  await assert.rejects(readSecret('open.db', source), /does not hold a root key/)
})

test('A wrapped key whose scrypt cost was changed does not open', async () => {
  const rootKey = rootKeyOf({ kind: 'passphrase', passphrase: 'correct horse battery', from: 'X' })
  const wrapped = await rootKey.wrap(randomBytes(32))
  for (const log2N of [1, 16, 21, 255]) {
    const altered = Buffer.from(wrapped)
    altered[1] = log2N
    await assert.rejects(rootKey.unwrap(altered), WrongRootKeyError)
  }
})
