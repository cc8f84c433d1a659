import assert from 'node:assert/strict'
import {
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { writeProfile } from './aws-profile.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-profile-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const keys = { accessKeyId: 'AKIAOURS', secretAccessKey: 'our/secret' }
const profile = { name: 'strongroom', ...keys, region: 'us-east-1', endpoint: 'http://127.0.0.1:4566' }
const files = () => ({ credentials: join(folder, 'aws', 'credentials'), config: join(folder, 'aws', 'config') })
const write = (changes: Partial<typeof profile> = {}, replace = false) =>
  writeProfile({ ...profile, ...changes }, files(), replace)

function given(credentials: string | Buffer, config: string | Buffer = ''): void {
  mkdirSync(join(folder, 'aws'), { recursive: true })
  writeFileSync(files().credentials, credentials, { mode: 0o640 })
  writeFileSync(files().config, config, { mode: 0o644 })
}
const textOf = (file: string) => readFileSync(file, 'utf8')

test('a profile is written into new files that only their owner reads, and again without being asked twice', () => {
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(write(), [])
    assert.equal(
      textOf(files().credentials),
      '[strongroom]\naws_access_key_id = AKIAOURS\naws_secret_access_key = our/secret\n',
    )
    assert.equal(
      textOf(files().config),
      '[profile strongroom]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:4566\nservices = strongroom\n\n' +
        '[services strongroom]\nsts =\n  endpoint_url = http://127.0.0.1:4566\n',
    )
  }
  for (const file of Object.values(files())) assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(folder, 'aws')).sort(), ['config', 'credentials'])
})

test('a section is found however its header is written', () => {
  for (const header of ['[profile strongroom] ; local', '[profile  "strongroom"]', "[ profile 'strongroom' ]"]) {
    given('', `${header}\noutput = json\n`)
    write()
    assert.match(textOf(files().config), /^\[[^[]*\noutput = json\n\n\[services strongroom\]\n/)
  }
  given('', '[profile default]\noutput = json\n')
  write({ name: 'default' })
  assert.deepEqual(textOf(files().config).match(/^\[.*$/gm), ['[profile default]', '[services default]'])
})

test('bytes that are not text, and the mode of the config file, stay as they were, and the credentials are closed', () => {
  const odd = Buffer.from('# caf\xe9 \xa0\r\n[other]\r\nx = \xff\r\n', 'latin1')
  given(odd, odd)
  write()
  for (const file of Object.values(files())) assert.ok(readFileSync(file).subarray(0, odd.length).equals(odd))
  assert.equal(statSync(files().credentials).mode & 0o777, 0o600)
  assert.equal(statSync(files().config).mode & 0o777, 0o644)
})

test('a link stays a link to the file that changes, also when that is not there yet', () => {
  given('')
  const elsewhere = join(folder, 'elsewhere')
  rmSync(files().credentials)
  symlinkSync('../elsewhere', files().credentials)
  for (let time = 0; time < 2; time++) {
    write()
    assert.ok(lstatSync(files().credentials).isSymbolicLink())
    assert.match(textOf(elsewhere), /AKIAOURS/)
  }
})

test('a link that another user has put there is refused, and a file unless that user has its folder, too', {
  skip: process.getuid?.() === 0 ? false : 'only root can make files of another user',
}, () => {
  const theirs = 65534
  const planted = { message: /credentials belongs to another user.*name another file/ }
  given('')
  chownSync(files().credentials, theirs, theirs)
  assert.throws(() => write(), planted)
  chownSync(join(folder, 'aws'), theirs, theirs)
  write()
  assert.deepEqual([statSync(files().credentials).uid, statSync(files().credentials).mode & 0o777], [theirs, 0o600])
  rmSync(files().credentials)
  symlinkSync(join(folder, 'elsewhere'), files().credentials)
  lchownSync(files().credentials, theirs, theirs)
  assert.throws(() => write(), planted)
})

test('a link that leads to itself is refused', () => {
  given('')
  rmSync(files().credentials)
  symlinkSync('credentials', files().credentials)
  assert.throws(() => write(), { message: /leads to itself/ })
})

test('both may be one file', () => {
  const one = join(folder, 'one')
  writeProfile({ ...profile, name: 'default' }, { credentials: one, config: one }, false)
  assert.match(textOf(one), /AKIAOURS[\s\S]*endpoint_url|endpoint_url[\s\S]*AKIAOURS/)
  assert.equal(textOf(one).match(/^\[default\]$/gm)?.length, 1)
})

test('access keys of others are replaced on demand alone, and never without a copy', () => {
  const real = '[default]\naws_access_key_id = AKIAREAL\naws_secret_access_key = real\naws_session_token = t\n'
  const settings = '[default]\nregion = eu-west-1\noutput = json\n'
  for (const suffix of ['', '-2']) {
    given(real, settings)
    assert.throws(() => write({ name: 'default' }), { message: /not this server's: give another name, or --replace/ })
    assert.deepEqual([textOf(files().credentials), textOf(files().config)], [real, settings])
    const copies = write({ name: 'default' }, true)
    assert.deepEqual(
      copies,
      Object.values(files()).map((file) => `${file}.before-strongroom${suffix}`),
    )
    assert.deepEqual(copies.map(textOf), [real, settings])
    for (const copy of copies) assert.equal(statSync(copy).mode & 0o777, 0o600)
    assert.doesNotMatch(textOf(files().credentials), /REAL|token/)
    assert.match(textOf(files().config), /output = json/)
  }
})

test('keys of a Strongroom whose data is gone are replaced by those of its successor at the same place', () => {
  write()
  write({ accessKeyId: 'AKIANEW' })
  assert.match(textOf(files().credentials), /AKIANEW/)
  assert.throws(() => write({ accessKeyId: 'AKIANEWER', endpoint: 'http://127.0.0.1:5000' }), /--replace/)
})

test('the error for what cannot be written says what to do, and no draft is left', () => {
  mkdirSync(files().credentials, { recursive: true })
  assert.throws(() => write(), { message: /credentials is not a file/ })
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  assert.throws(() => write(), { message: /cannot be written \(ENOTDIR.*--format profile/ })
  assert.throws(() => writeProfile(profile, { credentials: '/dev/null', config: '/dev/null' }, false), /is not a file/)
})
