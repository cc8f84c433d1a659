import type { Socket } from 'node:net'

/** Ports that services open beside the server's own, such as those of databases. */
export interface ServiceListeners {
  /**
   * Listens where the server does. No new connection is taken from the moment the server begins to stop; those that are open when
   * the services have stopped are cut.
   * @throws Error with the `code` of the system call: EADDRINUSE, EACCES …
   */
  open(options: ServiceListenerOptions): Promise<ServiceListener>
}

export interface ServiceListenerOptions {
  /** 0 takes a free one. */
  port: number
  /** How many connections may be open; further ones are cut at once. */
  connections: number
  /** What it throws is reported as a fault, and cuts the connection. */
  onConnection(socket: Socket): void
}

export interface ServiceListener {
  readonly port: number
  /** Takes no further connection; open ones stay. */
  stopAccepting(): void
  /** Cuts what is open, too. */
  close(): Promise<void>
}
