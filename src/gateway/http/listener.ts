import { constants } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Awaitable } from '../../core/awaitable.ts'
import type { CallSource, Client } from '../../core/call.ts'
import { type Connection, Connections } from './connections.ts'
import { preflight } from './cors.ts'
import { gatherBody } from './gather-body.ts'
import { incomingBytes } from './incoming-bytes.ts'
import { LargeBodies } from './large-bodies.ts'
import type { ListenerLimits } from './limits.ts'
import { listenOn } from './listen-on.ts'
import { RequestBody } from './request-body.ts'
import { sendResponse } from './send-response.ts'
import { splitTarget, type WireRequest, type WireResponse } from './wire.ts'
import { beginsTls, refusePlainHttp, tlsRefusal } from './wrong-scheme.ts'

export interface ListenerOptions {
  /** An address of this machine; `localhost` for both loopback addresses. */
  host: string
  /** 0 takes a free one. */
  port: number
  tls?: { key: string | Buffer; cert: string | Buffer }
  limits: ListenerLimits
  /** @param client - aborts when the connection is gone, or nothing more comes by it. */
  answer(request: WireRequest, source: CallSource, client: Client): Promise<WireResponse>
  /** Checks a request before all else. @returns the refusal for a client that may send none; undefined for others. */
  refuse?(request: WireRequest): WireResponse | undefined
  /** Answers a browser's question whether a page may make a request. Undefined: as usual, which is that it may. */
  preflight?(request: WireRequest, source: CallSource): Promise<WireResponse | undefined>
  /** Called with the reason why a request got no answer. */
  onFault(fault: unknown): void
  /** Called for each connection whose client spoke the other one of the two schemes. */
  onWrongScheme?(spoken: 'http' | 'https'): void
  /** Returns whether a request's body is handed on as a stream. Called for PUT and for HTML forms, before the body is read. Default: never. */
  takesStream?(head: WireRequest): Awaitable<boolean>
  /** The limit of a request whose body is over the ordinary one; asked before the rest of the body is read. */
  bodyLimit(head: WireRequest): Promise<{ limitBytes: number } | undefined>
  /** Answers a body over the limit in the form its service would. */
  tooLarge(head: WireRequest): Promise<WireResponse>
  /** Answers a large body while others take up all the memory that is set aside for them. */
  atCapacity(head: WireRequest): WireResponse
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
  readonly #arrived = new BatchedStarts()
  readonly #largeBodies: LargeBodies
  #slowCheck: NodeJS.Timeout | undefined

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#connections = new Connections(options.limits.connections)
    this.#largeBodies = new LargeBodies(options)
  }

  /** @throws Error with code EADDRINUSE, EACCES … and the `address` that cannot be had. */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options
    const { servers, address } = await listenOn(() => this.#createServer(), { host, port })
    this.#servers = servers
    const everyMs = Math.min(5_000, this.#options.limits.headersTimeoutMs)
    this.#slowCheck = setInterval(() => this.#refuseSlow(), everyMs).unref()
    return address
  }

  #createServer(): Server {
    const { limits, tls } = this.#options
    const { headerBytes, headersTimeoutMs, idleTimeoutMs } = limits
    const settings = {
      maxHeaderSize: headerBytes,
      headersTimeout: headersTimeoutMs,
      // Bodies have limits of their own, which depend on how they are taken in: `#refuseSlow`.
      requestTimeout: 0,
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
    server.on('checkContinue', (request, response) => this.#receive(request, response, true))
    // A handshake that failed leaves nothing to be said over; node:https hands it on as malformed HTTP.
    server.prependListener('tlsClientError', (_error: Error, socket: Socket) => socket.destroy())
    server.on('clientError', (error, socket) => this.#refuseMalformed(error, socket as Socket))
    // A client that has closed its half of the connection still gets its answer.
    return Object.assign(server, { httpAllowHalfOpen: true })
  }

  /** Takes no new requests and resolves when those accepted are answered, or after the grace period. */
  async close(graceMs = 10_000): Promise<void> {
    this.#closing = true
    clearInterval(this.#slowCheck)
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

  /** @param expectsContinue - the client sends the body after a 100 Continue (Expect: 100-continue). */
  #receive(message: IncomingMessage, response: ServerResponse, expectsContinue = false): void {
    const connection = this.#connections.of(message.socket)
    // The answer before this request was announced as the last: nothing more is answered.
    if (connection.ends) return
    connection.unanswered++
    connection.last = message
    // A client that goes away mid-request gets no answer.
    message.on('error', ignore)
    response.on('error', ignore)
    const request = wireRequest(message)
    const { refuse, takesStream } = this.#options
    const refusal = refuse?.(request)
    const arriving: Arriving = { message, response, request, connection, expectsContinue }
    if (refusal) {
      response.on('close', () => this.#answered(connection, false))
      this.#refuseBody(arriving, refusal, false)
      return
    }
    const mayStream = message.method === 'PUT' || isForm(message)
    const streams = mayStream && takesStream ? takesStream(request) : false
    if (streams instanceof Promise) {
      streams.then(
        (streams) => this.#takeIn(arriving, streams),
        (fault) => this.#giveUp(message, fault),
      )
    } else this.#takeIn(arriving, streams)
  }

  #takeIn(arriving: Arriving, streams: boolean): void {
    if (streams) this.#stream(arriving)
    else this.#gather(arriving)
  }

  /** Has a request answered while its body comes in. */
  #stream({ message, response, request, connection, expectsContinue }: Arriving): void {
    const idleMs = this.#options.limits.headersTimeoutMs * 2
    const announced = message.headers['content-length']
    connection.requests++
    this.#inFlight++
    response.on('close', () => this.#answered(connection, true))
    request.stream = new RequestBody(
      bytesOf(message, request, { begin: () => expectsContinue && response.writeContinue(), idleMs }),
      announced === undefined ? undefined : Number(announced),
    )
    void this.#answer(message, response, request, connection)
  }

  /** Gathers a request's body, then has the request answered. */
  #gather(arriving: Arriving): void {
    const { message, response, request, connection, expectsContinue } = arriving
    let complete = false
    connection.bodyDueMs = performance.now() + this.#options.limits.headersTimeoutMs * 2
    // Sent to the last byte, or the client is gone.
    response.on('close', () => this.#answered(connection, complete))
    if (expectsContinue) response.writeContinue()
    gatherBody(message, {
      limitBytes: this.#options.limits.bodyBytes,
      enlarge: (size, limit) => this.#largeBodies.enlarge(arriving, size, limit),
      refuse: (answer) => this.#refuseBody(arriving, answer),
      fail: (fault) => this.#giveUp(message, fault),
      complete: (body) => {
        connection.bodyDueMs = undefined
        request.body = body
        connection.requests++
        this.#inFlight++
        complete = true
        this.#arrived.add(() => void this.#answer(message, response, request, connection))
      },
    })
  }

  /** No answer can be formed or sent; the end of the connection says so. */
  #giveUp(message: IncomingMessage, fault: unknown): void {
    this.#options.onFault(fault)
    message.socket.destroy()
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
    request: WireRequest,
    connection: Connection,
  ): Promise<void> {
    try {
      const origin = message.headers.origin
      const answer =
        request.method === 'OPTIONS' && origin
          ? ((await this.#options.preflight?.(request, sourceOf(message))) ?? preflight(request))
          : await this.#options.answer(request, sourceOf(message), connection.client)
      // Of requests that came in one go, each is answered before the connection ends.
      const isLast = this.#closing && connection.unanswered === 1
      // What is left of a body would be taken for the next request.
      const isUnread = request.stream !== undefined && !message.readableEnded
      if (isLast || isUnread) connection.ends = true
      if (isUnread) this.#endUnread(message, response)
      await sendResponse(response, answer, {
        close: isLast || isUnread,
        head: message.method === 'HEAD',
        cors: origin !== undefined && origin !== '',
        idleMs: this.#options.limits.idleTimeoutMs,
      })
    } catch (fault) {
      this.#giveUp(message, fault)
    }
  }

  /** Lets the client see the answer although it has more to send, which is not read: a reset would discard the answer. */
  #endUnread(message: IncomingMessage, response: ServerResponse): void {
    response.on('finish', () => {
      message.resume()
      message.socket.end()
      setTimeout(() => message.socket.destroy(), lingerMs).unref()
    })
  }

  #refuseBody({ message, response, connection }: Arriving, answer: WireResponse, cors = hasOrigin(message)): void {
    connection.ends = true
    connection.bodyDueMs = undefined
    const { idleTimeoutMs: idleMs } = this.#options.limits
    void sendResponse(response, answer, { close: true, head: message.method === 'HEAD', cors, idleMs })
    // The rest is not read: the answer is on its way, and the connection ends with it.
    response.on('finish', () => message.socket.destroySoon())
  }

  /** Refuses requests whose bodies take too long. */
  #refuseSlow(): void {
    for (const { last } of this.#connections.overdue(performance.now())) {
      if (last) this.#refuseMalformed(Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), last.socket)
    }
  }

  /** Answers once what node's parser refuses, after the requests that came before it, and ends the connection. */
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

/** One key exchange for each connection: a client that asks for another one, again and again, costs the server more than itself. */
const tlsSettings = { secureOptions: constants.SSL_OP_NO_RENEGOTIATION }

const ignore = () => {}

/** A request whose head is here. */
interface Arriving {
  message: IncomingMessage
  response: ServerResponse
  /** Its body is filled in when it is complete, or comes as a stream. */
  request: WireRequest
  connection: Connection
  expectsContinue: boolean
}

/** Says that the body may come when it is first read, and notes when it is complete. */
async function* bytesOf(
  message: IncomingMessage,
  request: WireRequest,
  { begin, idleMs }: { begin(): void; idleMs: number },
): AsyncGenerator<Uint8Array> {
  begin()
  yield* incomingBytes(message, idleMs)
  request.bodyCompleteMs = performance.now()
}

const isForm = ({ method, headers }: IncomingMessage) =>
  method === 'POST' && headers['content-type']?.toLowerCase().startsWith('multipart/form-data') === true

const hasOrigin = ({ headers }: IncomingMessage) => headers.origin !== undefined

/** How long a client that still sends what is not read may take to see the answer. */
const lingerMs = 2_000

const nothing = Buffer.alloc(0)

const wireRequest = (message: IncomingMessage): WireRequest => ({
  method: message.method ?? '',
  ...splitTarget(message.url ?? ''),
  rawHeaders: message.rawHeaders,
  headers: message.headers,
  body: nothing,
})

function sourceOf({ socket, headers }: IncomingMessage): CallSource {
  const address = socket.remoteAddress ?? ''
  const source: CallSource = {
    ip: address.startsWith('::ffff:') ? address.slice(7) : address,
    userAgent: asUtf8(headers['user-agent']),
    host: headers.host ?? '',
  }
  const announced = headers['content-length']
  if (announced !== undefined) source.bodyBytes = Number(announced)
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
class BatchedStarts {
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
