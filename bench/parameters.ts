// Parameter Store: reads, by-path reads and writes a second against bare node:http and against moto_server, and what each
// costs as an account grows from a hundred parameters to a million. Usage: node bench/parameters.ts [seconds] [most parameters]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientCredentials } from '../test/fixtures/clients.ts'
import { fillParameters } from '../test/fixtures/filled-store.ts'
import { type SignedRequest, send, signJson } from '../test/fixtures/raw-client.ts'
import { startServerProcess } from '../test/fixtures/server-process.ts'
import { connections, measure, type Result } from './measure.ts'
import { assertAnswered, measureBare, untilAnswers, withMoto } from './yardsticks.ts'

const seconds = Number(process.argv[2] ?? 4)
const most = Number(process.argv[3] ?? 1_000_000)
const sizes = [100, 10_000, 1_000_000].filter((size) => size <= most)
/** So many stand under one path; the others are spread. */
const underOnePath = 10_000
const value = 'x'.repeat(64)

/** The name of the parameter that was made as the so-manieth. */
const nameOf = (index: number) =>
  index < underOnePath
    ? `/path/p${String(index).padStart(5, '0')}`
    : `/spread/${Math.floor(index / 1000)}/p${String(index % 1000).padStart(3, '0')}`

function* namesBetween(from: number, to: number): Generator<string> {
  for (let index = from; index < to; index++) yield nameOf(index)
}

/** A hundred that lie far apart: none helps another to be found. */
const spreadNames = (size: number) =>
  Array.from({ length: 100 }, (_, index) => nameOf(Math.floor((index * size) / 100)))

interface Target {
  port: number
  credentials: ClientCredentials
}

const signed = ({ port, credentials }: Target, operation: string, input: object): SignedRequest =>
  signJson({ port, service: 'ssm', operation, input }, credentials)

/** What is measured of a server that holds so many parameters. */
async function casesOf(target: Target, size: number): Promise<[name: string, requests: SignedRequest[]][]> {
  const names = spreadNames(size)
  const byPath = { Path: '/path', MaxResults: 10 }
  const page = (input: object) => signed(target, 'GetParametersByPath', { ...byPath, ...input })
  const NextToken = await tokenOfPage(target, 40, page)
  return [
    ['GetParameter', names.map((Name) => signed(target, 'GetParameter', { Name }))],
    ['GetParametersByPath', [page({}), ...(NextToken ? [page({ NextToken })] : [])]],
    ['  recursive', [page({ Recursive: true })]],
    ['PutParameter', names.map((Name) => signed(target, 'PutParameter', { Name, Value: value, Overwrite: true }))],
  ]
}

/** A token from the midst of the list, which must cost no more than its beginning. */
async function tokenOfPage({ port }: Target, pages: number, page: (input: object) => SignedRequest) {
  let NextToken: string | undefined
  for (let count = 0; count < pages; count++) {
    const answer = JSON.parse((await send(port, page(NextToken ? { NextToken } : {}))).body)
    if (!answer.NextToken) break
    NextToken = answer.NextToken
  }
  return NextToken
}

const columns = ['requests/s', 'ratio', 'p50 ms', 'p99 ms', 'cpu µs']

function print(name: string, result: Result, bare: Result | undefined): void {
  const ratio = bare ? (result.requestsPerSecond / bare.requestsPerSecond).toFixed(2) : ''
  const cells = [result.requestsPerSecond, ratio, result.p50Ms, result.p99Ms, result.cpuMicroseconds]
  console.log(`  ${name.padEnd(22)}${cells.map((cell) => String(cell).padStart(12)).join('')}`)
}

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-parameters-'))
try {
  console.log(`${connections} connections, ${seconds} s each; strongroom durable on SQLite with the audit on`)
  console.log('(ratio to bare node:http)'.padEnd(24) + columns.map((column) => column.padStart(12)).join(''))
  let written = 0
  for (const size of sizes) {
    const startedMs = performance.now()
    await fillParameters(dataDir, namesBetween(written, size), value)
    const fillSeconds = (performance.now() - startedMs) / 1000
    written = size
    const server = await startServerProcess(dataDir)
    try {
      console.log(`${size.toLocaleString('en')} parameters (filled in ${fillSeconds.toFixed(0)} s)`)
      for (const [name, requests] of await casesOf(server, size)) {
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
    const put = (Name: string) => signed(moto, 'PutParameter', { Name, Value: value, Type: 'String', Overwrite: true })
    await untilAnswers(() => send(moto.port, put(nameOf(0))))
    for (const name of namesBetween(1, underOnePath)) await send(moto.port, put(name))
    console.log(`moto_server with ${underOnePath.toLocaleString('en')} parameters`)
    for (const [name, requests] of await casesOf(moto, underOnePath)) {
      print(name, await measure(moto.port, requests, moto.pid, seconds), undefined)
    }
  })
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
