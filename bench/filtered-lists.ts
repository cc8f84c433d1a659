// Filtered lists: what ListSecrets and DescribeParameters of ten cost as an account grows, where an index finds what fits and
// where none does. Usage: node bench/filtered-lists.ts [seconds] [most]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fillSecrets } from '../test/fixtures/filled-secrets.ts'
import { fillParameters } from '../test/fixtures/filled-store.ts'
import { type SignedRequest, signJson } from '../test/fixtures/raw-client.ts'
import { startServerProcess } from '../test/fixtures/server-process.ts'
import { connections, measure, type Result } from './measure.ts'
import { assertAnswered, measureBare } from './yardsticks.ts'

const seconds = Number(process.argv[2] ?? 3)
const most = Number(process.argv[3] ?? 100_000)
const sizes = [100, 10_000, 100_000].filter((size) => size <= most)

const parameterName = (index: number) => `/spread/${String(index).padStart(7, '0')}`

function* parameterNames(from: number, to: number): Generator<string> {
  for (let index = from; index < to; index++) yield parameterName(index)
}

type Server = Awaited<ReturnType<typeof startServerProcess>>

function casesOf({ port, credentials }: Server): [name: string, request: SignedRequest][] {
  const secrets = (Key: string, value: string) => {
    const input = { MaxResults: 10, Filters: [{ Key, Values: [value] }] }
    return signJson({ port, service: 'secretsmanager', operation: 'ListSecrets', input }, credentials)
  }
  const parameters = (Key: string, Option: string, value: string) => {
    const input = { MaxResults: 10, ParameterFilters: [{ Key, Option, Values: [value] }] }
    return signJson({ port, service: 'ssm', operation: 'DescribeParameters', input }, credentials)
  }
  return [
    ['ListSecrets, a name that ten have', secrets('name', 'spread/000005')],
    ['ListSecrets, a name that all have', secrets('name', 'spread/')],
    ['ListSecrets, a tag key that none has', secrets('tag-key', 'nothing')],
    ['ListSecrets, a word of no description', secrets('description', 'nothing')],
    ['DescribeParameters, BeginsWith: ten', parameters('Name', 'BeginsWith', '/spread/000005')],
    ['DescribeParameters, BeginsWith: all', parameters('Name', 'BeginsWith', '/spread/')],
    ['DescribeParameters, Type: none', parameters('Type', 'Equals', 'SecureString')],
    ['DescribeParameters, Contains: none', parameters('Name', 'Contains', 'nothing')],
  ]
}

const columns = ['requests/s', 'ratio', 'p50 ms', 'p99 ms', 'cpu µs', 'serving µs']

function print(name: string, result: Result, bare: Result): void {
  const ratio = (result.requestsPerSecond / bare.requestsPerSecond).toFixed(2)
  const { requestsPerSecond, p50Ms, p99Ms, cpuMicroseconds, servingMicroseconds } = result
  const cells = [requestsPerSecond, ratio, p50Ms, p99Ms, cpuMicroseconds, servingMicroseconds]
  console.log(`  ${name.padEnd(40)}${cells.map((cell) => String(cell).padStart(12)).join('')}`)
}

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-filtered-lists-'))
try {
  console.log(`${connections} connections, ${seconds} s each; strongroom durable on SQLite with the audit on`)
  console.log(`  ${'ratio: to bare node:http'.padEnd(40)}${columns.map((column) => column.padStart(12)).join('')}`)
  let filled = 0
  for (const size of sizes) {
    await fillSecrets(dataDir, filled, size)
    await fillParameters(dataDir, parameterNames(filled, size))
    filled = size
    const server = await startServerProcess(dataDir)
    try {
      console.log(`${size.toLocaleString('en')} secrets and as many parameters`)
      for (const [name, request] of casesOf(server)) {
        const bare = await measureBare(server.port, request, seconds)
        const ours = await measure(server.port, [request], server.child.pid, seconds)
        assertAnswered(name, ours)
        print(name, ours, bare)
      }
    } finally {
      await server.stop()
    }
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
