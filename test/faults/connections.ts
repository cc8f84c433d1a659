import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'

/**
 * Opens connections that say nothing, stop in their headers, or stop in their body, and shows that others are served
 * meanwhile. They are opened in slices: a listener's backlog is the kernel's, not ours.
 */
export async function servesOthersDespite(slowConnections: number): Promise<void> {
  const server = await startTestServer()
  const sockets: Socket[] = []
  try {
    const { sts } = clientsOf(server)
    for (let opened = 0; opened < slowConnections; opened += 200) {
      const slice = Array.from({ length: Math.min(200, slowConnections - opened) }, (_, i) => open(server.port, i))
      sockets.push(...(await Promise.all(slice)))
      if (opened % 1000 === 0) await sts.send(new GetCallerIdentityCommand({}))
    }
    const startedMs = performance.now()
    for (let i = 0; i < 20; i++) await sts.send(new GetCallerIdentityCommand({}))
    const tookMs = performance.now() - startedMs
    assert.ok(tookMs < 2_000, `twenty calls took ${tookMs} ms`)
  } finally {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  }
}

const halves = [
  '',
  'POST / HTTP/1.1\r\nHost: localhost\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf',
]

async function open(port: number, i: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  // The server closes those that wait too long, or that make room for others.
  socket.on('error', () => {})
  await once(socket, 'connect')
  const half = halves[i % halves.length]
  if (half) socket.write(half)
  return socket
}
