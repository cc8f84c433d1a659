import { createServer, type Server, type Socket } from 'node:net'
import type { ServiceListener, ServiceListenerOptions, ServiceListeners } from '../core/services/service-listeners.ts'
import { StoppedError } from '../core/stopped-error.ts'
import { listenOn } from '../gateway/http/listen-on.ts'

/** The listeners of one server's services, ended in order with it. */
export class OwnedListeners implements ServiceListeners {
  readonly #host: string
  readonly #onFault: (fault: unknown) => void
  readonly #open = new Set<OwnedListener>()
  #isStopping = false

  /** @param host - where the server listens. */
  constructor(host: string, onFault: (fault: unknown) => void) {
    this.#host = host
    this.#onFault = onFault
  }

  async open(options: ServiceListenerOptions): Promise<ServiceListener> {
    if (this.#isStopping) throw new StoppedError('The server was stopped, or reset.')
    const listener = new OwnedListener(options, this.#onFault, () => this.#open.delete(listener))
    this.#open.add(listener)
    try {
      await listener.listen(this.#host, options.port)
    } catch (failure) {
      this.#open.delete(listener)
      throw failure
    }
    if (this.#isStopping) listener.stopAccepting()
    return listener
  }

  /** Takes no new connections and opens no more listeners: the server begins to stop. */
  stopAccepting(): void {
    this.#isStopping = true
    for (const listener of this.#open) listener.stopAccepting()
  }

  /** Cuts what is open: the services have stopped. */
  async close(): Promise<void> {
    this.stopAccepting()
    await Promise.all([...this.#open].map((listener) => listener.close()))
  }
}

class OwnedListener implements ServiceListener {
  port = 0
  readonly #options: ServiceListenerOptions
  readonly #onFault: (fault: unknown) => void
  readonly #onClosed: () => void
  readonly #sockets = new Set<Socket>()
  #servers: readonly Server[] = []
  #closed: Promise<unknown> | undefined

  constructor(options: ServiceListenerOptions, onFault: (fault: unknown) => void, onClosed: () => void) {
    this.#options = options
    this.#onFault = onFault
    this.#onClosed = onClosed
  }

  async listen(host: string, port: number): Promise<void> {
    const { servers, address } = await listenOn(() => createServer((socket) => this.#accept(socket)), { host, port })
    this.#servers = servers
    this.port = address.port
  }

  #accept(socket: Socket): void {
    // Without it, a client that cuts its connection would end the process.
    socket.on('error', () => {})
    if (this.#sockets.size >= this.#options.connections) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    try {
      this.#options.onConnection(socket)
    } catch (fault) {
      this.#onFault(fault)
      socket.destroy()
    }
  }

  stopAccepting(): void {
    this.#closed ??= Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    )
  }

  async close(): Promise<void> {
    this.stopAccepting()
    for (const socket of this.#sockets) socket.destroy()
    await this.#closed
    this.#onClosed()
  }
}
