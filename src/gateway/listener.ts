import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { CallSource } from '../core/call.ts'
import { corsHeaders, preflight } from './cors.ts'
import { splitTarget, type WireRequest, type WireResponse } from './wire.ts'

export interface ListenerLimits {
  headerBytes: number
  bodyBytes: number
  /** For bodies over `bodyBytes`, which some operations allow: what all of them together may take up. */
  largeBodiesBytes: number
  /** A request's headers must be complete after this time, and the whole request after twice it. */
  headersTimeoutMs: number
  idleTimeoutMs: number
  /** Past this number, the connection that has been idle or slow for longest makes room. */
  connections: number
}

export const defaultLimits: ListenerLimits = {
  headerBytes: 16 * 1024,
  bodyBytes: 1024 * 1024,
  largeBodiesBytes: 256 * 1024 * 1024,
  headersTimeoutMs: 15_000,
  idleTimeoutMs: 75_000,
  connections: 4096,
}

export interface ListenerOptions {
  host: string
  port: number
  tls?: { key: string | Buffer; cert: string | Buffer }
  limits: ListenerLimits
  answer(request: WireRequest, source: CallSource): Promise<WireResponse>
  /** Asked before anything is answered. @returns the refusal of whoever may ask nothing at all. */
  refuse?(request: WireRequest): WireResponse | undefined
  /** Told why a request got no answer at all. */
  onFault(fault: unknown): void
  /** The limit of a request whose body is over the ordinary one; asked before the rest of the body is read. */
  bodyLimit(head: WireRequest): Promise<{ limitBytes: number } | undefined>
  /** Answers a body over the limit in the form its service would. */
  tooLarge(head: WireRequest): Promise<WireResponse>
  /** Answers a body for which there is no room beside others. */
  noRoom(head: WireRequest): WireResponse
}

/** The HTTP side of the server: sockets, limits and bodies; knows nothing of AWS. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #server: Server
  readonly #connections: Connections
  #inFlight = 0
  #drained: (() => void) | undefined
  #closing = false
  readonly #arrived = new Together()
  #largeBodiesBytes = 0

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#connections = new Connections(options.limits.connections)
    const { headerBytes, headersTimeoutMs, idleTimeoutMs } = options.limits
    const settings = {
      maxHeaderSize: headerBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: headersTimeoutMs * 2,
      keepAliveTimeout: idleTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, headersTimeoutMs),
      noDelay: true,
    }
    this.#server = options.tls ? createTlsServer({ ...settings, ...options.tls }) : createServer(settings)
    this.#server.on('connection', (socket: Socket) => this.#connections.add(socket))
    this.#server.on('request', (request, response) => this.#receive(request, response))
    this.#server.on('clientError', (error, socket) => this.#refuseMalformed(error, socket as Socket))
    // Who has said all that is to be said is answered all the same.
    Object.assign(this.#server, { httpAllowHalfOpen: true })
  }

  /** @throws Error with code EADDRINUSE, EACCES … when the address cannot be had. */
  listen(): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      // A burst of connections must not be refused while the loop is busy; the kernel caps this at its own maximum.
      this.#server.listen({ host: this.#options.host, port: this.#options.port, backlog: 4096 }, () => {
        this.#server.off('error', reject)
        resolve(this.#server.address() as AddressInfo)
      })
    })
  }

  /** Takes no new requests and resolves when those accepted are answered, or after the grace period. */
  async close(graceMs = 10_000): Promise<void> {
    this.#closing = true
    // The close of node:http takes a connection for idle whose answer is still on its way out; that of node:net leaves all.
    const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(this.#server, () => resolve()))
    this.#connections.closeIdle()
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve
        setTimeout(resolve, graceMs).unref()
      })
    }
    this.#connections.closeAll()
    this.#server.close()
    await closed
  }

  #receive(message: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.of(message.socket)
    // The answer before this request was announced as the last: it is nobody's any more.
    if (connection.ends) return
    connection.unanswered++
    connection.last = message
    const chunks: Buffer[] = []
    let size = 0
    let limit = this.#options.limits.bodyBytes
    let refused = false
    let complete = false
    const refuse = (answer: WireResponse, cors = message.headers.origin !== undefined) => {
      refused = true
      connection.ends = true
      chunks.length = 0
      this.#refuseBody(message, response, answer, cors)
    }
    message.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (refused) return
      if (chunks.push(chunk) > piecesOf(size)) {
        refuse(tooManyPieces)
        return
      }
      if (size <= limit) return
      message.pause()
      void this.#enlarge(message, response, size, limit)
        .then((enlarged) => {
          if (typeof enlarged === 'number') limit = enlarged
          else refuse(enlarged)
        })
        .catch((fault) => {
          this.#options.onFault(fault)
          message.socket.destroy()
        })
        .finally(() => message.resume())
    })
    message.on('end', () => {
      if (refused) return
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
      connection.requests++
      this.#inFlight++
      complete = true
      this.#arrived.add(() => void this.#answer(message, response, body, connection))
    })
    // A client that goes away mid-request has nobody to answer to.
    message.on('error', ignore)
    response.on('error', ignore)
    // Sent to the last byte, or nobody is there to take it.
    response.on('close', () => this.#answered(connection, complete))
    const refusal = this.#options.refuse?.(wireRequest(message, Buffer.alloc(0)))
    if (refusal) refuse(refusal, false)
  }

  #answered(connection: Connection, complete: boolean): void {
    // An idle connection keeps nothing of what it was asked.
    if (--connection.unanswered === 0) connection.last = undefined
    if (complete) {
      connection.requests--
      this.#connections.noteIdle(connection)
      if (--this.#inFlight === 0) this.#drained?.()
    }
    if (connection.unanswered === connection.unanswerable) connection.refuse?.()
  }

  async #answer(
    message: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    connection: Connection,
  ): Promise<void> {
    try {
      const request = wireRequest(message, body)
      const origin = message.headers.origin
      const answer =
        request.method === 'OPTIONS' && origin
          ? preflight(request)
          : await this.#options.answer(request, sourceOf(message))
      // Of requests that came in one go, each is answered before the connection ends.
      const isLast = this.#closing && connection.unanswered === 1
      if (isLast) connection.ends = true
      send(response, answer, {
        close: isLast,
        head: message.method === 'HEAD',
        cors: origin !== undefined && origin !== '',
      })
    } catch (fault) {
      // The answer could not even be formed or sent; the connection says so.
      this.#options.onFault(fault)
      message.socket.destroy()
    }
  }

  /**
   * What to do with a body that has outgrown its limit.
   * @returns the limit of its operation, with room reserved until the answer is sent; else the refusal.
   */
  async #enlarge(
    message: IncomingMessage,
    response: ServerResponse,
    size: number,
    limit: number,
  ): Promise<number | WireResponse> {
    const { limits, bodyLimit, tooLarge, noRoom } = this.#options
    const head = wireRequest(message, Buffer.alloc(0))
    const allowed = limit === limits.bodyBytes ? (await bodyLimit(head))?.limitBytes : undefined
    const announced = Number(message.headers['content-length'] ?? size)
    if (allowed === undefined || allowed < size || allowed < announced) return tooLarge(head)
    const reserved = message.headers['content-length'] === undefined ? allowed : announced
    if (this.#largeBodiesBytes + reserved > limits.largeBodiesBytes) return noRoom(head)
    if (response.closed) return allowed
    this.#largeBodiesBytes += reserved
    response.once('close', () => {
      this.#largeBodiesBytes -= reserved
    })
    return allowed
  }

  #refuseBody(message: IncomingMessage, response: ServerResponse, answer: WireResponse, cors: boolean): void {
    send(response, answer, { close: true, head: message.method === 'HEAD', cors })
    // The rest is not read: the answer is on its way, and the connection ends with it.
    response.on('finish', () => message.socket.destroySoon())
  }

  /** What node's parser refuses is answered once, plainly, after what was asked before it, and the connection ends. */
  #refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const status =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request'
    const refusal = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
    const connection = this.#connections.of(socket)
    connection.ends = true
    connection.unanswerable = connection.last?.complete === false ? 1 : 0
    if (connection.unanswered === connection.unanswerable) socket.end(refusal)
    // This socket: with TLS, the one that was opened carries what is encrypted already.
    else connection.refuse ??= () => socket.end(refusal)
  }
}

function send(
  response: ServerResponse,
  { status, headers, body }: WireResponse,
  { close, head, cors }: { close: boolean; head: boolean; cors: boolean },
): void {
  const all: Record<string, string | number> = { ...headers }
  if (status !== 204) all['Content-Length'] = Buffer.byteLength(body)
  if (cors) Object.assign(all, corsHeaders)
  if (close) all.Connection = 'close'
  response.writeHead(status, all)
  response.end(head ? undefined : body)
}

/** Every piece of a body costs a callback and an object of its own: chunks of one byte, five hundred times what they carry. */
const piecesOf = (bytes: number) => 4096 + bytes / 64

const tooManyPieces: WireResponse = {
  status: 400,
  headers: { 'Content-Type': 'text/plain' },
  body: 'The body comes in too many small pieces: send larger chunks.\n',
}

const ignore = () => {}

const wireRequest = (message: IncomingMessage, body: Buffer): WireRequest => ({
  method: message.method ?? '',
  ...splitTarget(message.url ?? ''),
  rawHeaders: message.rawHeaders,
  headers: message.headers,
  body,
})

function sourceOf({ socket, headers }: IncomingMessage): CallSource {
  const address = socket.remoteAddress ?? ''
  const source: CallSource = {
    ip: address.startsWith('::ffff:') ? address.slice(7) : address,
    userAgent: asUtf8(headers['user-agent']),
    host: headers.host ?? '',
  }
  if ('encrypted' in socket) {
    const tls = socket as TLSSocket
    source.tls = { version: tls.getProtocol() ?? '', cipherSuite: tls.getCipher()?.standardName ?? '' }
  }
  return source
}

/** Node takes a header's bytes for characters; beyond ASCII they are UTF-8. */
const asUtf8 = (text: string | undefined) =>
  text && beyondAscii.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text

const beyondAscii = /[\u0080-\u00ff]/

/**
 * Starts what came in within one turn of the event loop together, at its end. Their steps then alternate (each awaits the same
 * things), so that the processor meets each step's code once for all of them: this halves the time of a request under load.
 */
class Together {
  #waiting: (() => void)[] = []

  add(start: () => void): void {
    if (this.#waiting.push(start) > 1) return
    setImmediate(() => {
      const starting = this.#waiting
      this.#waiting = []
      for (const start of starting) start()
    })
  }
}

interface Connection {
  socket: Socket
  /** Under way; without any, it is idle or slow. */
  requests: number
  /** Begun and not answered to the last byte. */
  unanswered: number
  /** The last that was begun; others are complete. */
  last: IncomingMessage | undefined
  /** How many of the unanswered will never be complete. */
  unanswerable: number
  /** Nothing more is taken from it. */
  ends: boolean
  /** Answers something malformed, after all other answers. */
  refuse: (() => void) | undefined
  /** When it was opened or answered last, as a count of such moments. */
  idleSince: number
}

/**
 * Open connections, so that many slow or half-open ones cannot keep others out. Known by the peer's address: with TLS, one
 * connection is two socket objects.
 */
class Connections {
  readonly #limit: number
  readonly #open = new Map<string, Connection>()
  readonly #ofSocket = new WeakMap<Socket, Connection>()
  #moments = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  add(socket: Socket): void {
    const peer = peerOf(socket)
    const connection = newConnection(socket, this.#moments++)
    this.#open.set(peer, connection)
    this.#ofSocket.set(socket, connection)
    socket.once('close', () => {
      if (this.#open.get(peer) === connection) this.#open.delete(peer)
    })
    if (this.#open.size > this.#limit) this.#longestIdle()?.socket.destroy()
  }

  /** The connection that a request came in by. */
  of(socket: Socket): Connection {
    let connection = this.#ofSocket.get(socket)
    if (!connection) {
      // Gone already, it makes room for nobody.
      connection = this.#open.get(peerOf(socket)) ?? newConnection(socket, 0)
      this.#ofSocket.set(socket, connection)
    }
    return connection
  }

  noteIdle(connection: Connection): void {
    connection.idleSince = this.#moments++
  }

  closeIdle(): void {
    for (const { socket, unanswered } of [...this.#open.values()]) if (unanswered === 0) socket.destroy()
  }

  closeAll(): void {
    for (const { socket } of [...this.#open.values()]) socket.destroy()
  }

  /** Looked for among all: that is seldom, while every request changes who it is. */
  #longestIdle(): Connection | undefined {
    let longest: Connection | undefined
    for (const connection of this.#open.values()) {
      if (connection.requests > 0 || connection.socket.destroyed) continue
      if (!longest || connection.idleSince < longest.idleSince) longest = connection
    }
    return longest
  }
}

const newConnection = (socket: Socket, idleSince: number): Connection => ({
  socket,
  requests: 0,
  unanswered: 0,
  last: undefined,
  unanswerable: 0,
  ends: false,
  refuse: undefined,
  idleSince,
})

const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`
