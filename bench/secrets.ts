// Secrets Manager: reads, batches and writes a second against bare node:http and against moto_server, and what each costs as
// an account grows from a hundred secrets to a million. Usage: node bench/secrets.ts [seconds] [most secrets]
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientCredentials } from '../test/fixtures/clients.ts'
import { fillSecrets } from '../test/fixtures/filled-secrets.ts'
import { type SignedRequest, send, signJson } from '../test/fixtures/raw-client.ts'
import { startServerProcess } from '../test/fixtures/server-process.ts'
import { connections, measure, type Result } from './measure.ts'
import { assertAnswered, measureBare, untilAnswers, withMoto } from './yardsticks.ts'

const seconds = Number(process.argv[2] ?? 4)
const most = Number(process.argv[3] ?? 1_000_000)
const sizes = [100, 10_000, 1_000_000].filter((size) => size <= most)
const SecretString = JSON.stringify({ username: 'app', password: 'x'.repeat(48) })
/** So many are asked for; the others only lie there. */
const asked = 100

interface Target {
  port: number
  credentials: ClientCredentials
}

const signed = ({ port, credentials }: Target, operation: string, input: object): SignedRequest =>
  signJson({ port, service: 'secretsmanager', operation, input }, credentials)

/** Names that lie far apart among those of the others. */
const nameOf = (index: number) => `spread/${String(index * 9_973).padStart(7, '0')}/asked`

const names = Array.from({ length: asked }, (_, index) => nameOf(index))

async function createAsked(target: Target, suffix: string): Promise<string[]> {
  const made = names.map((name) => name + suffix)
  for (const Name of made) {
    const creation = { Name, SecretString, ClientRequestToken: randomUUID() }
    const { status, body } = await send(target.port, signed(target, 'CreateSecret', creation))
    if (status !== 200) throw new Error(body)
  }
  return made
}

/** What is measured of a server. */
function casesOf(target: Target, ids: readonly string[]): [name: string, requests: SignedRequest[]][] {
  const put = (SecretId: string) =>
    signed(target, 'PutSecretValue', { SecretId, SecretString, ClientRequestToken: randomUUID() })
  return [
    ['GetSecretValue', ids.map((SecretId) => signed(target, 'GetSecretValue', { SecretId }))],
    ['BatchGetSecretValue of 10', batches(ids, 10).map((part) => batchOf(target, part))],
    ['DescribeSecret', ids.map((SecretId) => signed(target, 'DescribeSecret', { SecretId }))],
    ['ListSecrets of 10', [signed(target, 'ListSecrets', { MaxResults: 10 })]],
    // Each is used once: a token is good for one version.
    ['PutSecretValue', Array.from({ length: 60_000 }, (_, index) => put(ids[index % ids.length] ?? ''))],
  ]
}

const batchOf = (target: Target, SecretIdList: readonly string[]) =>
  signed(target, 'BatchGetSecretValue', { SecretIdList })

const batches = (ids: readonly string[], size: number) =>
  Array.from({ length: Math.floor(ids.length / size) }, (_, part) => ids.slice(part * size, (part + 1) * size))

const columns = ['requests/s', 'ratio', 'p50 ms', 'p99 ms', 'cpu µs']

function print(name: string, result: Result, bare: Result | undefined): void {
  const ratio = bare ? (result.requestsPerSecond / bare.requestsPerSecond).toFixed(2) : ''
  const cells = [result.requestsPerSecond, ratio, result.p50Ms, result.p99Ms, result.cpuMicroseconds]
  console.log(`  ${name.padEnd(28)}${cells.map((cell) => String(cell).padStart(12)).join('')}`)
}

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-secrets-'))
try {
  console.log(`${connections} connections, ${seconds} s each; strongroom durable on SQLite with the audit on`)
  const heads = columns.map((column) => column.padStart(12)).join('')
  console.log(`  ${'ratio: to bare node:http'.padEnd(28)}${heads}`)
  let filled = 0
  for (const size of sizes) {
    const startedMs = performance.now()
    await fillSecrets(dataDir, filled, size - asked)
    const fillSeconds = (performance.now() - startedMs) / 1000
    filled = size - asked
    const server = await startServerProcess(dataDir)
    try {
      console.log(`${size.toLocaleString('en')} secrets (filled in ${fillSeconds.toFixed(0)} s)`)
      const ids = await createAsked(server, `-${size}`)
      for (const [name, requests] of casesOf(server, ids)) {
        const [first] = requests
        if (!first) throw new Error(`nothing to measure for ${name}`)
        const bare = await measureBare(server.port, first, seconds)
        const ours = await measure(server.port, requests, server.child.pid, seconds)
        assertAnswered(name, ours)
        print(name, ours, bare)
      }
    } finally {
      await server.stop()
    }
  }
  await withMoto(async (moto) => {
    await untilAnswers(() => send(moto.port, signed(moto, 'ListSecrets', {})))
    console.log(`moto_server with ${asked} secrets`)
    for (const [name, requests] of casesOf(moto, await createAsked(moto, ''))) {
      print(name, await measure(moto.port, requests, moto.pid, seconds), undefined)
    }
  })
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
