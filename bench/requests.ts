// Signed requests per second, verified, authorised and durably recorded, against bare node:http answering the same bytes.
// One client process, one server process, in turns, so that the machine's moods hit both. Usage: node bench/requests.ts [seconds]
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SignedRequest, send, signJson, signQuery } from '../test/fixtures/raw-client.ts'
import { startServerProcess } from '../test/fixtures/server-process.ts'
import { connections, measure as measureFor, type Result } from './measure.ts'

const seconds = Number(process.argv[2] ?? 4)
const measure = (port: number, requests: SignedRequest[], pid: number | undefined) =>
  measureFor(port, requests, pid, seconds)

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** The yardstick: the same request, the same answer, nothing in between. */
async function measureBare(port: number, request: SignedRequest): Promise<Result> {
  const { status, headers, body } = await send(port, request)
  if (status !== 200) throw new Error(`the request to be measured is refused: ${body}`)
  const { date: _, connection: __, 'keep-alive': ___, ...fixed } = headers
  const answer = JSON.stringify({ headers: fixed, body })
  const child = spawn(process.execPath, [here('bare-server.ts'), answer], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const barePort = await new Promise<number>((resolve) => child.stdout.once('data', (data) => resolve(Number(data))))
    return await measure(barePort, [request], child.pid)
  } finally {
    child.kill()
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
const server = await startServerProcess(dataDir)
try {
  const { port, credentials } = server
  const kms = (operation: string, input: object) => signJson({ port, service: 'kms', operation, input }, credentials)
  const created = JSON.parse((await send(port, kms('CreateKey', {}))).body)
  const KeyId = created.KeyMetadata.KeyId
  const EncryptionContext = { purpose: 'bench', tenant: '42' }
  const Plaintext = Buffer.alloc(32, 7).toString('base64')
  const encrypted = JSON.parse((await send(port, kms('Encrypt', { KeyId, Plaintext, EncryptionContext }))).body)
  const { CiphertextBlob } = encrypted
  const cases: [string, SignedRequest][] = [
    ['GetCallerIdentity', signQuery({ port, service: 'sts', form: { Action: 'GetCallerIdentity' } }, credentials)],
    ['Encrypt', kms('Encrypt', { KeyId, Plaintext, EncryptionContext })],
    ['Decrypt', kms('Decrypt', { CiphertextBlob, EncryptionContext })],
    ['GenerateDataKey', kms('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext })],
  ]
  console.log(`${connections} connections, ${seconds} s each; strongroom durable on SQLite with the audit on`)
  console.log(
    'operation           strongroom/s   bare/s   ratio   p50 ms   p99 ms   bare p50  bare p99    cpu µs  bare cpu',
  )
  for (const [name, request] of cases) {
    const bare = await measureBare(port, request)
    const ours = await measure(port, [request], server.child.pid)
    if (Object.keys(ours.statuses).join() !== '200') throw new Error(`${name}: ${JSON.stringify(ours.statuses)}`)
    const ratio = (ours.requestsPerSecond / bare.requestsPerSecond).toFixed(2)
    const cells = [
      ours.requestsPerSecond,
      bare.requestsPerSecond,
      ratio,
      ours.p50Ms,
      ours.p99Ms,
      bare.p50Ms,
      bare.p99Ms,
      ours.cpuMicroseconds,
      bare.cpuMicroseconds,
    ]
    console.log(name.padEnd(20) + cells.map((cell) => String(cell).padStart(10)).join(''))
  }
  await compareMoto(Plaintext)
} finally {
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

/** The same Encrypt against moto_server, when it is installed; it verifies nothing and keeps nothing. */
async function compareMoto(Plaintext: string): Promise<void> {
  if (spawnSync('moto_server', ['--help']).status !== 0) return
  const motoPort = 20_000 + (process.pid % 20_000)
  const child = spawn('moto_server', ['-p', String(motoPort)], { stdio: 'ignore' })
  try {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const sign = (operation: string, input: object) =>
      signJson({ port: motoPort, service: 'kms', operation, input }, credentials)
    const created = await untilAnswers(() => send(motoPort, sign('CreateKey', {})))
    const { KeyId } = JSON.parse(created.body).KeyMetadata
    const { requestsPerSecond, p50Ms, p99Ms } = await measure(
      motoPort,
      [sign('Encrypt', { KeyId, Plaintext })],
      child.pid,
    )
    console.log(`moto_server Encrypt: ${requestsPerSecond}/s, p50 ${p50Ms} ms, p99 ${p99Ms} ms`)
  } finally {
    child.kill('SIGKILL')
  }
}

async function untilAnswers<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries > 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
