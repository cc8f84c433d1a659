import { constants } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { CallSource, Client } from '../../core/call.ts'
import { type Connection, Connections } from './connections.ts'
import { corsHeaders, preflight } from './cors.ts'
import { listenOn } from './listen-on.ts'
import { splitTarget, type WireRequest, type WireResponse } from './wire.ts'
import { beginsTls, refusePlainHttp, tlsRefusal } from './wrong-scheme.ts'

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
  /** An address of this machine; `localhost` for both loopback addresses. */
  host: string
  /** 0 takes a free one. */
  port: number
  tls?: { key: string | Buffer; cert: string | Buffer }
  limits: ListenerLimits
  /** @param client - aborts when the connection is gone, or nothing more comes by it. */
  answer(request: WireRequest, source: CallSource, client: Client): Promise<WireResponse>
  /** Asked before anything is answered. @returns the refusal of whoever may ask nothing at all. */
  refuse?(request: WireRequest): WireResponse | undefined
  /** Told why a request got no answer at all. */
  onFault(fault: unknown): void
  /** Told that a client spoke the other one of the two schemes, for every such connection. */
  onWrongScheme?(spoken: 'http' | 'https'): void
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
  /** One for each address. */
  #servers: readonly Server[] = []
  readonly #connections: Connections
  #inFlight = 0
  #drained: (() => void) | undefined
  #closing = false
  readonly #arrived = new Together()
  #largeBodiesBytes = 0

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#connections = new Connections(options.limits.connections)
  }

  /** @throws Error with code EADDRINUSE, EACCES … and the `address` that cannot be had. */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options
    const { servers, address } = await listenOn(() => this.#createServer(), { host, port })
    this.#servers = servers
    return address
  }

  #createServer(): Server {
    const { limits, tls } = this.#options
    const { headerBytes, headersTimeoutMs, idleTimeoutMs } = limits
    const settings = {
      maxHeaderSize: headerBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: headersTimeoutMs * 2,
      keepAliveTimeout: idleTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, headersTimeoutMs),
      noDelay: true,
    }
    const server = tls
      ? createTlsServer({ ...settings, ...tls, ...tlsSettings, handshakeTimeout: headersTimeoutMs })
      : createServer(settings)
    if (tls) refusePlainHttp(server, headersTimeoutMs, () => this.#options.onWrongScheme?.('http'))
    server.on('connection', (socket: Socket) => this.#connections.add(socket))
    server.on('request', (request, response) => this.#receive(request, response))
    // A handshake that failed leaves nothing to be said over; node:https hands it on as malformed HTTP.
    server.prependListener('tlsClientError', (_error: Error, socket: Socket) => socket.destroy())
    server.on('clientError', (error, socket) => this.#refuseMalformed(error, socket as Socket))
    // Who has said all that is to be said is answered all the same.
    return Object.assign(server, { httpAllowHalfOpen: true })
  }

  /** Takes no new requests and resolves when those accepted are answered, or after the grace period. */
  async close(graceMs = 10_000): Promise<void> {
    this.#closing = true
    // The close of node:http takes a connection for idle whose answer is still on its way out; that of node:net leaves all.
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve())),
    )
    this.#connections.closeIdle()
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve
        setTimeout(resolve, graceMs).unref()
      })
    }
    this.#connections.closeAll()
    for (const server of this.#servers) server.close()
    await Promise.all(closed)
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
          : await this.#options.answer(request, sourceOf(message), connection.client)
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
  #refuseMalformed(error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket): void {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const connection = this.#connections.of(socket)
    const spokeTls = !this.#options.tls && error.rawPacket !== undefined && beginsTls(error.rawPacket)
    // Where a request is under way, its answer would come behind the alert.
    if (spokeTls && connection.last === undefined) {
      this.#options.onWrongScheme?.('https')
      socket.end(tlsRefusal)
      return
    }
    const status =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request'
    const refusal = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
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

/** One key exchange for each connection: a client that asks for another one, again and again, costs the server more than itself. */
const tlsSettings = { secureOptions: constants.SSL_OP_NO_RENEGOTIATION }

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
