import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { LazyAbort } from '../../core/lazy-abort.ts'

/** A connection of a client, whichever server took it. */
export interface Connection {
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
  /** Aborted when it is closed, or its client has closed its side: clients that go away look no different before one writes. */
  client: LazyAbort
  /** When the body that is being gathered must be complete, by `performance.now`. */
  bodyDueMs: number | undefined
  /** When it was opened or answered last, as a count of such moments. */
  idleSince: number
}

/**
 * Open connections, so that many slow or half-open ones cannot keep others out. Known by the peer's address: with TLS, one
 * connection is two socket objects.
 */
export class Connections {
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
    abortAtEnd(socket, connection)
    socket.once('close', () => {
      connection.client.abort(clientGone())
      if (this.#open.get(peer) === connection) this.#open.delete(peer)
    })
    if (this.#open.size > this.#limit) this.#longestIdle()?.socket.destroy()
  }

  /** The connection that a request came in by. */
  of(socket: Socket): Connection {
    let connection = this.#ofSocket.get(socket)
    if (!connection) {
      // It is closed already, so that it does not count towards the limit.
      connection = this.#open.get(peerOf(socket)) ?? newConnection(socket, 0)
      this.#ofSocket.set(socket, connection)
      abortAtEnd(socket, connection)
    }
    return connection
  }

  noteIdle(connection: Connection): void {
    connection.idleSince = this.#moments++
  }

  /** The connections by which a body has been coming for too long; each once. */
  overdue(nowMs: number): Connection[] {
    const overdue: Connection[] = []
    for (const connection of this.#open.values()) {
      if (connection.bodyDueMs === undefined || connection.bodyDueMs > nowMs) continue
      connection.bodyDueMs = undefined
      overdue.push(connection)
    }
    return overdue
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
  client: new LazyAbort(),
  bodyDueMs: undefined,
  idleSince,
})

function abortAtEnd(socket: Socket, { client }: Connection): void {
  if (socket.destroyed) client.abort(clientGone())
  else socket.once('end', () => client.abort(clientGone()))
}

const clientGone = () => new Error('the client has closed its connection')

const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`
