import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { quotas } from '../domain/quotas.ts'
import { peerUser } from './peer-user.ts'

/** An invocation as the runtime gets it. */
export interface NextInvocation {
  requestId: string
  headers: Readonly<Record<string, string>>
  payload: Buffer
}

/** What a runtime says of its work. */
export interface RuntimeListener {
  /** It is ready for an invocation. */
  onReady(): void
  /** @param failed - the handler reported an error, whose JSON this is. */
  onResult(requestId: string, payload: Buffer, failed: boolean): void
  onResultTooLarge(requestId: string): void
  /** It could not even load the handler. */
  onInitError(payload: Buffer): void
}

const version = '/2018-06-01/runtime/'

/** Runtimes have one or two; the memory that requests take up is limited by their number. */
const maxConnections = 16

/** An answer may be as large as this, and the report of an error with it. */
const maxBodyBytes = quotas.syncPayloadBytes

/**
 * The Lambda Runtime API for one execution environment, on a loopback port of its own.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  readonly #server: Server
  readonly #listener: RuntimeListener
  /** What requests must carry; undefined for runtimes that a function brings, which know nothing of it. */
  readonly #token: Buffer | undefined
  readonly #user: number | undefined
  /** Whether what comes through a connection comes from that user. */
  readonly #peers = new WeakMap<Socket, Promise<boolean>>()
  /** The runtime's open request for work. */
  #waiting: ServerResponse | undefined
  #running: string | undefined
  /** A request's body is being read. */
  #reading = false

  /** @param user - number of the user that the runtime has to itself, where it has one: others are refused. */
  constructor(listener: RuntimeListener, token: string | undefined, user?: number) {
    this.#listener = listener
    this.#user = user
    this.#token = token === undefined ? undefined : Buffer.from(token)
    // A runtime waits as long as there is nothing to do.
    this.#server = createServer({ requestTimeout: 0, keepAliveTimeout: 0 }, (message, response) =>
      this.#admit(message, response),
    )
    this.#server.maxConnections = maxConnections
    this.#server.unref()
  }

  /** @returns `127.0.0.1:34567` */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host: '127.0.0.1', port: 0 }, () => {
        const { address, port } = this.#server.address() as AddressInfo
        resolve(`${address}:${port}`)
      })
    })
  }

  /** Hands an invocation to the runtime that waits for one. */
  deliver({ requestId, headers, payload }: NextInvocation): void {
    const response = this.#waiting
    if (!response) throw new Error('the runtime is not ready')
    this.#waiting = undefined
    this.#running = requestId
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': payload.length,
      'Lambda-Runtime-Aws-Request-Id': requestId,
      ...headers,
    })
    response.end(payload)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #admit(message: IncomingMessage, response: ServerResponse): void {
    // A connection that breaks is a runtime that ends, which is noticed where the process is watched.
    message.on('error', () => {})
    response.on('error', () => {})
    // Held open by the runtime: must not hold the server's process.
    message.socket.unref()
    void this.#isOurs(message).then((ours) => {
      if (ours) this.#receive(message, response)
      else refuse(response, 403, 'Forbidden')
    })
  }

  #receive(message: IncomingMessage, response: ServerResponse): void {
    const path = message.url?.startsWith(version) ? message.url.slice(version.length) : ''
    if (message.method === 'GET' && path === 'invocation/next') this.#next(response)
    else if (message.method !== 'POST') refuse(response, 404, 'NotFound')
    // A runtime says one thing after the other.
    else if (this.#reading) refuse(response, 400, 'InvalidStateTransition')
    else this.#read(message, (body) => this.#post(path, body, response))
  }

  #read(message: IncomingMessage, done: (body: Buffer | 'too-large') => void): void {
    this.#reading = true
    message.once('close', () => {
      this.#reading = false
    })
    readBody(message, maxBodyBytes, (body) => {
      this.#reading = false
      done(body)
    })
  }

  /** Never rejects. */
  async #isOurs({ headers, socket }: IncomingMessage): Promise<boolean> {
    if (this.#token) {
      const given = Buffer.from(String(headers['strongroom-runtime-token'] ?? ''))
      return given.length === this.#token.length && timingSafeEqual(given, this.#token)
    }
    const user = this.#user
    if (user === undefined) return true
    const known = this.#peers.get(socket) ?? peerUser(socket).then((peer) => peer === undefined || peer === user)
    this.#peers.set(socket, known)
    return known
  }

  #next(response: ServerResponse): void {
    if (this.#waiting || this.#running) {
      refuse(response, 400, 'InvalidStateTransition')
      return
    }
    this.#waiting = response
    this.#listener.onReady()
  }

  #post(path: string, body: Buffer | 'too-large', response: ServerResponse): void {
    const [, requestId, kind] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
    if (path === 'init/error') {
      this.#listener.onInitError(body === 'too-large' ? Buffer.from('{}') : body)
      accept(response)
    } else if (requestId === undefined) refuse(response, 404, 'NotFound')
    else if (requestId !== this.#running) refuse(response, 400, 'InvalidRequestID')
    else this.#finish(requestId, body, kind === 'error', response)
  }

  #finish(requestId: string, body: Buffer | 'too-large', failed: boolean, response: ServerResponse): void {
    this.#running = undefined
    if (body === 'too-large') {
      this.#listener.onResultTooLarge(requestId)
      refuse(response, 413, 'RequestEntityTooLarge')
    } else {
      this.#listener.onResult(requestId, body, failed)
      accept(response)
    }
  }
}

function readBody(message: IncomingMessage, maxBytes: number, done: (body: Buffer | 'too-large') => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  message.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
  })
  message.on('end', () => done(bytes > maxBytes ? 'too-large' : Buffer.concat(chunks)))
}

const accept = (response: ServerResponse) => answer(response, 202, { status: 'OK' })

const refuse = (response: ServerResponse, status: number, errorType: string) =>
  answer(response, status, { errorType, errorMessage: errorType })

function answer(response: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}
