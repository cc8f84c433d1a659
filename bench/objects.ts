// S3: objects beside files of a bare node:http server, and one page of a list at a hundred objects and at a million.
// Usage: node bench/objects.ts [seconds] [objects]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import aws4 from 'aws4'
import { type SignedRequest, send } from '../test/fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../test/fixtures/server-process.ts'
import { connections, measure } from './measure.ts'
import { assertAnswered } from './yardsticks.ts'

const seconds = Number(process.argv[2] ?? 4)
const objects = Number(process.argv[3] ?? 1_000_000)
const large = Buffer.alloc(100 * 1024 ** 2, 'x')
const small = 'x'.repeat(1024)

const columns = ['requests/s', 'p50 ms', 'p99 ms', 'cpu µs']
const row = (name: string, cells: readonly (string | number)[]) =>
  console.log(name.padEnd(40) + cells.map((cell) => String(cell).padStart(12)).join(''))

const folder = mkdtempSync(join(tmpdir(), 'strongroom-objects-'))
const files = mkdtempSync(join(tmpdir(), 'strongroom-files-'))
let server = await startServerProcess(folder)
const bare = spawn(process.execPath, [fileURLToPath(new URL('bare-files.ts', import.meta.url)), files])
try {
  const [line] = await once(createInterface({ input: bare.stdout }), 'line')
  const barePort = Number(line)
  await expect(server, signed(server, 'PUT', '/bench'))
  console.log(
    `${connections} connections, ${seconds} s each; strongroom durable on SQLite; bare: node:http, files, fsync`,
  )
  row('', columns)
  for (const method of ['PUT', 'GET']) {
    const keys = Array.from({ length: 256 }, (_, place) => `/bench/${place}`)
    const ours = keys.map((key) => signed(server, method, key, method === 'PUT' ? small : ''))
    const theirs = keys.map((path) => plain(barePort, method, path, method === 'PUT' ? small : ''))
    await measured(`${method} 1 KiB, bare`, barePort, theirs, bare.pid)
    await measured(`${method} 1 KiB, strongroom`, server.port, ours, server.child.pid)
  }
  for (const method of ['PUT', 'GET']) {
    const rates: Record<string, number[]> = { bare: [], strongroom: [] }
    for (let turn = 0; turn < 3; turn++) {
      const body = method === 'PUT' ? large : Buffer.alloc(0)
      rates.bare?.push(await transfer(plain(barePort, method, '/bench/large', ''), barePort, body))
      rates.strongroom?.push(await transfer(signed(server, method, '/bench/large', null), server.port, body))
    }
    const best = Object.entries(rates).map(([name, all]) => `${name} ${Math.max(...all).toFixed(0)} MiB/s`)
    console.log(`${method} 100 MiB, best of three: ${best.join(', ')}`)
  }
  for (const count of [100, objects]) {
    const bucket = `/list-${count}`
    await expect(server, signed(server, 'PUT', bucket))
    await expect(server, signed(server, 'PUT', `${bucket}${bucket}-0000000000`, small))
    await server.stop()
    addRows(join(folder, 'strongroom.sqlite'), bucket.slice(1), count)
    server = await startServerProcess(folder)
    const list = signed(server, 'GET', `${bucket}?list-type=2`)
    await measured(
      `ListObjectsV2, a page of ${Math.min(count, 1000)} at ${count}`,
      server.port,
      [list],
      server.child.pid,
    )
    const few = signed(server, 'GET', `${bucket}?list-type=2&max-keys=100`)
    await measured(`ListObjectsV2, a page of 100 at ${count}`, server.port, [few], server.child.pid)
  }
} finally {
  bare.kill()
  await server.stop()
  for (const one of [folder, files]) rmSync(one, { recursive: true })
}

function signed({ port, credentials }: ServerProcess, method: string, path: string, body: string | null = '') {
  const headers = { ...(body === null && { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' }) }
  const host = `127.0.0.1:${port}`
  const options = { service: 's3', region: 'us-east-1', host, method, path, headers, ...(body !== null && { body }) }
  const request = aws4.sign(options, credentials)
  return { method, path, headers: request.headers as Record<string, string>, body: body ?? '' } as SignedRequest
}

function plain(port: number, method: string, path: string, body: string): SignedRequest {
  const headers = { Host: `127.0.0.1:${port}`, ...(body && { 'Content-Length': String(body.length) }) }
  return { method, path, headers, body } as SignedRequest
}

async function expect({ port }: ServerProcess, asked: SignedRequest): Promise<void> {
  const { status, body } = await send(port, asked)
  if (status !== 200) throw new Error(`${status}: ${body}`)
}

async function measured(name: string, port: number, requests: SignedRequest[], pid: number | undefined): Promise<void> {
  const result = await measure(port, requests, pid, seconds)
  assertAnswered(name, result)
  row(name, [result.requestsPerSecond, result.p50Ms, result.p99Ms, result.cpuMicroseconds])
}

/** Sends or receives the large object. @returns MiB a second. */
function transfer({ method, path, headers }: SignedRequest, port: number, body: Buffer): Promise<number> {
  const startedMs = performance.now()
  return new Promise((resolve, reject) => {
    const sent = request({ port, method, path, headers: { ...headers, 'Content-Length': body.length } }, (answer) => {
      let text = ''
      answer.on('data', (piece) => {
        if (answer.statusCode !== 200) text += piece
      })
      answer.on('error', reject)
      answer.on('end', () => {
        if (answer.statusCode !== 200) reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`))
        else resolve(100 / ((performance.now() - startedMs) / 1000))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Writes rows like that of the one object that a bucket has, as so many uploads would have. */
function addRows(file: string, name: string, count: number): void {
  const database = new DatabaseSync(file)
  const copied = 'version, current, marker, modified_ms, bytes, etag, storage_class, details'
  database
    .prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
       INSERT INTO s3_versions (bucket, key, place, ${copied})
       SELECT bucket, printf('%s-%010d', ?, n), place, ${copied} FROM s3_versions, numbers WHERE key = ?`,
    )
    .run(count - 1, name, `${name}-0000000000`)
  database.close()
}
