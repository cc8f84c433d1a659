import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { describedSettings } from '../../src/server/config.ts'
import { assertRefused, main, strongroomAtHome } from '../fixtures/command.ts'
import { run } from '../fixtures/foreign.ts'
import { functionRole, functionsOn } from '../fixtures/functions.ts'
import { send, signJson } from '../fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

let folder: string
let server: ServerProcess

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-command-'))
  server = await startServerProcess(join(folder, 'data'))
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const strongroom = (...args: string[]) => strongroomAtHome(folder)(...args)

const onData = () => ['--data-dir', server.dataDir]

const kms = async (operation: string, input: object, from = server) => {
  const request = signJson({ port: from.port, service: 'kms', operation, input }, from.credentials)
  const answer = await send(from.port, request)
  return { ...answer, output: answer.body ? JSON.parse(answer.body) : {} }
}

test('help teaches every command, and a wrong command line exits with 2', async () => {
  const { stdout, status } = await strongroom('--help')
  assert.equal(status, 0)
  for (const name of [
    'start',
    'status',
    'explain',
    'logs',
    'ledger',
    'clock',
    'backup',
    'restore',
    'doctor',
    'credentials',
  ]) {
    assert.match(stdout, new RegExp(`^  ${name}\\b`, 'm'))
  }
  assertRefused(
    await strongroom('strat'),
    2,
    /^strongroom: unknown command 'strat': did you mean start\? Help: strongroom --help\n$/,
  )
  assertRefused(await strongroom('start', '--port', 'x'), 2, /Invalid port "x": use/)
  assertRefused(await strongroom('start', '--host', '0.0.0.0', '--ephemeral'), 2, /needs TLS/)
})

test('a wrong command line is refused in one line that says what was meant and how to get help', async () => {
  for (const [line, words] of [
    ['start --prot 1', "unknown option '--prot': did you mean --port? Help: strongroom start --help"],
    ['start x', "too many arguments for 'start'. Expected 0 arguments but got 1. Help: strongroom start --help"],
    ['ledger verfy', "unknown command 'verfy': did you mean verify? Help: strongroom ledger --help"],
    ['clock advance', "missing required argument 'duration'. Help: strongroom clock advance --help"],
  ] as const) {
    const { status, stderr } = await strongroom(...line.split(' '))
    assert.deepEqual([status, stderr], [2, `strongroom: ${words}\n`])
  }
})

test('the help of start describes each setting of the services with its values', async () => {
  const { stdout } = await strongroom('start', '--help')
  for (const { name, values, description } of describedSettings()) {
    const line = stdout.split('\n').find((text) => text.includes(`${name}=${values.join('|')} `))
    assert.ok(line?.endsWith(` ${description}`), name)
  }
})

test('the help of each command teaches with examples of that command', async () => {
  const leaves =
    'start,status,explain,logs,ledger verify,ledger prove,ledger accept,clock show,clock advance,clock set,backup,restore,doctor,' +
    'credentials,public-parameters import,public-parameters restore'
  for (const leaf of leaves.split(',')) {
    const { stdout } = await strongroom(...leaf.split(' '), '--help')
    assert.match(stdout, new RegExp(`Examples:\\n(.*\\n)*? .*strongroom ${leaf}`), leaf)
  }
})

test('status finds the server by its data directory, and says when there is none', async () => {
  const { stdout, status } = await strongroom('status', ...onData())
  assert.equal(status, 0)
  assert.match(stdout, new RegExp(`endpoint\\s+http://127.0.0.1:${server.port}`))
  assert.match(stdout, /state\s+ready/)
  assertRefused(await strongroom('status', '--endpoint', 'http://127.0.0.1:1'), 1, /no server answers/)
})

test('a second server on the same data is refused and the first goes on', async () => {
  assertRefused(await strongroom('start', '--port', '0', ...onData()), 1, /already|in use|another/)
  assert.equal((await kms('ListKeys', {})).status, 200)
})

test('credentials prints them for a shell, as JSON and as a profile, and writes a profile that leaves others alone', async () => {
  const shell = await strongroom('credentials', ...onData())
  assert.match(
    shell.stdout,
    new RegExp(`AWS_SECRET_ACCESS_KEY=${server.credentials.secretAccessKey.replace(/[+/]/g, '.')}`),
  )
  const json = await strongroom('credentials', '--format', 'json', ...onData())
  assert.equal(JSON.parse(json.stdout).AccessKeyId, server.credentials.accessKeyId)
  for (const profile of ['one', 'two', 'one']) {
    assert.equal((await strongroom('credentials', '--write-profile', profile, ...onData())).status, 0)
  }
  const written = readFileSync(join(folder, '.aws', 'credentials'), 'utf8')
  assert.deepEqual(written.match(/^\[.*\]$/gm), ['[one]', '[two]'])
  assert.equal(statSync(join(folder, '.aws', 'credentials')).mode & 0o777, 0o600)
  assertRefused(await strongroom('credentials', '--write-profile', '', ...onData()), 2, /Invalid profile name "": use /)
  const emptyName = strongroomAtHome(folder, { AWS_CONFIG_FILE: '' })
  assertRefused(await emptyName('credentials', '--write-profile', 'one', ...onData()), 1, /AWS_CONFIG_FILE is empty/)
  assertRefused(await strongroom('credentials', '--data-dir', join(folder, 'none')), 1, /start a server/)
  const administrator = await strongroom('credentials', '--administrator', ...onData())
  assertRefused(administrator, 1, /has no administrator: only a development server makes one/)
})

test('explain says why a request was denied, and says when it knows nothing of one', async () => {
  const { output } = await kms('CreateKey', {})
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Deny', Principal: '*', Action: 'kms:Encrypt', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: { AWS: output.KeyMetadata.Arn.replace(/:kms:.*:(\d{12}):.*/, ':iam::$1:root') },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  })
  await kms('PutKeyPolicy', { KeyId: output.KeyMetadata.KeyId, Policy: policy })
  const denied = await kms('Encrypt', { KeyId: output.KeyMetadata.KeyId, Plaintext: 'YQ==' })
  assert.equal(denied.output.__type, 'AccessDeniedException')
  const requestId = String(denied.headers['x-amzn-requestid'])
  const { stdout, stderr, status } = await strongroom('explain', requestId, ...onData())
  assert.equal(status, 0, stderr)
  assert.match(stdout, /kms:Encrypt/)
  assert.match(stdout, /explicit|Deny/)
  assertRefused(
    await strongroom('explain', '00000000-0000-0000-0000-000000000000', ...onData()),
    1,
    /No denial is kept/,
  )
})

test('ledger verify proves a sound ledger while the server runs, and names a record that was changed', async () => {
  await kms('ListKeys', {})
  const sound = await strongroom('ledger', 'verify', ...onData())
  assert.equal(sound.status, 0, sound.stderr)
  assert.match(sound.stdout, /sound/i)
  const copy = join(folder, 'tampered.sqlite')
  assert.equal((await strongroom('backup', copy, ...onData())).status, 0)
  const database = new DatabaseSync(copy)
  database.exec(
    `UPDATE ledger_records SET record = replace(record, 'ListKeys', 'ListKeyz') WHERE seq = (SELECT max(seq) FROM ledger_records)`,
  )
  database.close()
  const tampered = await strongroom('ledger', 'verify', '--backup', copy, ...onData())
  assertRefused(tampered, 1, /record/)
})

test('backup copies a running server and restore brings it back elsewhere, with the same root key only', async () => {
  const { output } = await kms('CreateKey', { Description: 'kept' })
  const { KeyId } = output.KeyMetadata
  const sealed = await kms('Encrypt', { KeyId, Plaintext: Buffer.from('kept too').toString('base64') })
  const file = join(folder, 'backup.sqlite')
  const backup = await strongroom('backup', file, ...onData())
  assert.equal(backup.status, 0, backup.stderr)
  assertRefused(await strongroom('backup', file, ...onData()), 1, /exists/)
  assertRefused(await strongroom('restore', file, ...onData()), 1, /another server/)

  const elsewhere = join(folder, 'restored')
  assertRefused(await strongroom('restore', file, '--data-dir', elsewhere), 1, /root key/)
  const key = readFileSync(join(server.dataDir, 'root.key'), 'utf8').trim()
  const env = { ...process.env, HOME: folder, STRONGROOM_ROOT_KEY: key } as Record<string, string>
  const restored = await run(process.execPath, [main, 'restore', file, '--data-dir', elsewhere], env)
  assert.equal(restored.status, 0, restored.stderr)
  const second = await startServerProcess(elsewhere, { env: { STRONGROOM_ROOT_KEY: key } })
  try {
    const opened = await kms('Decrypt', { CiphertextBlob: sealed.output.CiphertextBlob }, second)
    assert.equal(Buffer.from(opened.output.Plaintext, 'base64').toString(), 'kept too')
  } finally {
    await second.stop()
  }
})

test('a wrong or unprotected root key refuses to start and changes nothing', async () => {
  const dataDir = join(folder, 'wrong-key')
  const first = await startServerProcess(dataDir)
  await first.stop()
  const before = readFileSync(join(dataDir, 'strongroom.sqlite'))
  const wrong = { STRONGROOM_ROOT_KEY: Buffer.alloc(32, 9).toString('base64') }
  await assert.rejects(startServerProcess(dataDir, { env: wrong }), /root key/)
  assert.ok(before.equals(readFileSync(join(dataDir, 'strongroom.sqlite'))))
  chmodSync(join(dataDir, 'root.key'), 0o644)
  await assert.rejects(startServerProcess(dataDir), /chmod 600/)
  chmodSync(join(dataDir, 'root.key'), 0o600)
  assert.equal(await (await startServerProcess(dataDir)).stop(), 0)
})

test('a durable server keeps its account, credentials and state over a restart, in files that only its owner reads', async () => {
  const dataDir = join(folder, 'durable')
  const first = await startServerProcess(dataDir)
  const { output } = await kms('CreateKey', {}, first)
  assert.equal(await first.stop(), 0)
  assert.equal(existsSync(join(dataDir, 'running.json')), false)
  for (const file of ['root.key', 'credentials']) assert.equal(statSync(join(dataDir, file)).mode & 0o777, 0o600)
  assert.equal(statSync(dataDir).mode & 0o777, 0o700)
  const second = await startServerProcess(dataDir)
  try {
    assert.deepEqual(second.credentials, first.credentials)
    assert.equal((await kms('DescribeKey', { KeyId: output.KeyMetadata.KeyId }, second)).status, 200)
  } finally {
    await second.stop()
  }
})

test('doctor says what the machine offers', async () => {
  const { stdout, status } = await strongroom('doctor', ...onData())
  assert.equal(status, 0, stdout)
  assert.match(stdout, /✓ runtime\s+Node \d+/)
  assert.match(stdout, /[✓-] nodejs functions\s+on \/\S+ \([\d.]+\), (each process|run as this user)/)
})

test('logs prints what the last invocations of a function wrote, and says when there is no such function', async () => {
  const address = { endpoint: `http://127.0.0.1:${server.port}`, region: 'us-east-1', credentials: server.credentials }
  const functions = functionsOn(address, await functionRole(address, 'writer'))
  await functions.create('writer', { 'index.mjs': 'export const handler = async ({ n }) => console.log("wrote " + n)' })
  for (const n of [1, 2]) await functions.invoke('writer', { n })
  const { stdout, status } = await strongroom('logs', 'writer', ...onData())
  assert.equal(status, 0)
  assert.match(stdout, /^INIT_START [\s\S]*INFO\twrote 1\n[\s\S]*REPORT [\s\S]*INFO\twrote 2\nEND RequestId: /)
  await functions.create('silent', { 'index.mjs': 'export const handler = () => {}' })
  const silent = await strongroom('logs', 'silent', ...onData())
  assert.deepEqual([silent.status, silent.stdout], [0, ''])
  assertRefused(await strongroom('logs', 'absent', ...onData()), 1, /no function absent in us-east-1.*list-functions/)
  const elsewhere = await strongroom('logs', 'writer', '--region', 'eu-west-1', ...onData())
  assertRefused(elsewhere, 1, /no function writer in eu-west-1/)
})
