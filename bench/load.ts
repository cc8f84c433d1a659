// A load generator in a process of its own: keep-alive connections that each send the same signed bytes again and again.
// Usage: node bench/load.ts '{"port":4566,"connections":64,"seconds":5,"requests":["POST / HTTP/1.1\r\n…"]}'
// What is too long for a command line is read from standard input.
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

interface Load {
  port: number
  connections: number
  seconds: number
  warmupSeconds: number
  /** Whole HTTP requests; each connection takes the next one in turn. */
  requests: string[]
}

interface LoadResult {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  /** Answers by HTTP status. */
  statuses: Record<string, number>
  /** Of the whole run, warm-up included. */
  answered: number
}

const load = JSON.parse(process.argv[2] ?? readFileSync(0, 'utf8')) as Load
const requests = load.requests.map((text) => Buffer.from(text, 'latin1'))
const latenciesMs: number[] = []
const statuses: Record<string, number> = {}
let counting = false
let stopping = false
let next = 0
let answered = 0

const finished = Array.from({ length: load.connections }, drive)
await sleep(load.warmupSeconds)
counting = true
const startedMs = performance.now()
await sleep(load.seconds)
counting = false
const seconds = (performance.now() - startedMs) / 1000
stopping = true
await Promise.all(finished)

latenciesMs.sort((a, b) => a - b)
const percentile = (share: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * share)] ?? 0
const result: LoadResult = {
  requestsPerSecond: Math.round(latenciesMs.length / seconds),
  p50Ms: Number(percentile(0.5).toFixed(3)),
  p99Ms: Number(percentile(0.99).toFixed(3)),
  statuses,
  answered,
}
console.log(JSON.stringify(result))

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Sends one request after the other on one connection, until the run stops. A server that closes it is connected to again. */
async function drive(): Promise<void> {
  let socket = await open()
  while (!stopping) {
    if (socket.destroyed || socket.readyState !== 'open') socket = await open()
    const sentMs = performance.now()
    const status = await exchange(socket, requests[next++ % requests.length] ?? Buffer.alloc(0))
    answered++
    if (!counting) continue
    latenciesMs.push(performance.now() - sentMs)
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  socket.destroy()
}

/** Sends one request and resolves to the answer's status once it is complete. */
function exchange(socket: Socket, request: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const done = () => socket.off('data', take).off('error', reject).off('close', lost)
    const lost = () => reject(new Error('the server closed a connection in the middle of an answer'))
    const take = (chunk: Buffer) => {
      received += chunk.toString('latin1')
      if (answerEnd(received) < 0) return
      done()
      // What announces its end must not be written to again.
      if (/\r\nconnection: close\r\n/i.test(received)) socket.destroy()
      resolve(received.slice(9, 12))
    }
    socket.on('data', take).on('error', reject).on('close', lost)
    socket.write(request)
  })
}

/** Where the first answer ends; negative while it is incomplete. */
function answerEnd(text: string): number {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return -1
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head + 2))
  const end = head + 4 + Number(length?.[1] ?? 0)
  return text.length >= end ? end : -1
}

function sleep(forSeconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forSeconds * 1000))
}
