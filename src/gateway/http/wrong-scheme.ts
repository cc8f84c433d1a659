import type { Server } from 'node:http'
import type { Socket } from 'node:net'

// https spoken to a port of http, and the other way: both would end without a word that a person could act on.

/** A record of TLS's handshake, in which every connection begins: type 22, and a version 3.x. */
export const beginsTls = (bytes: Buffer): boolean => bytes[0] === handshakeRecord && bytes[1] === 3

const handshakeRecord = 22

/** An answer that TLS clients understand: a fatal alert, handshake_failure (RFC 8446, section 6). */
export const tlsRefusal = Buffer.from([21, 3, 1, 0, 2, 2, 40])

const hint = 'This port speaks https, and the request came in plain http: use https://.\n'
const plainRefusal =
  `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${hint.length}\r\n` +
  `Connection: close\r\n\r\n${hint}`

/**
 * Makes a server of TLS look at the first byte of each connection, and answer in plain HTTP what is not TLS.
 * @param timeoutMs - how long a connection may say nothing.
 * @param onPlainHttp - called for each such connection.
 */
export function refusePlainHttp(server: Server, timeoutMs: number, onPlainHttp: () => void): void {
  const handshakes = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const give = () => socket.destroy()
    socket.setTimeout(timeoutMs, give)
    socket.on('error', give)
    socket.once('readable', () => {
      const first: Buffer | null = socket.read()
      if (first === null) {
        give()
        return
      }
      socket.setTimeout(0, give)
      if (first[0] === handshakeRecord) {
        socket.off('error', give)
        // TLS takes over what was read already.
        socket.unshift(first)
        for (const handshake of handshakes) handshake.call(server, socket)
        return
      }
      onPlainHttp()
      // What else it has to say is read and forgotten for a while: unread, it would cut the answer off.
      socket.resume()
      socket.end(plainRefusal)
      setTimeout(give, lingerMs).unref()
    })
  })
}

const lingerMs = 2_000
