import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { StrongroomOptions } from '../../src/server/server.ts'
import { Authority } from '../fixtures/certificates.ts'
import { startTestServer } from '../fixtures/clients.ts'

/** Shows it for a server of TLS: half of the connections stop in their handshake. */
export async function servesOthersDespiteOverTls(slowConnections: number): Promise<void> {
  const authority = new Authority()
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-tls-'))
  try {
    const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
    const { cert, key } = authority.issue('localhost')
    writeFileSync(tls.certFile, cert)
    writeFileSync(tls.keyFile, key)
    await servesOthersDespite(slowConnections, tls)
  } finally {
    authority.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Opens connections that say nothing, stop in their headers, or stop in their body, and shows that others are served
 * meanwhile. They are opened in slices: a listener's backlog is the kernel's, not ours.
 */
export async function servesOthersDespite(slowConnections: number, tls?: StrongroomOptions['tls']): Promise<void> {
  const server = await startTestServer({ tls })
  const sockets: Socket[] = []
  const httpsAgent = new Agent({ rejectUnauthorized: false })
  const open = tls ? openTls : openPlain
  try {
    const { endpoint, region, credentials } = server
    const sts = new STSClient({ endpoint, region, credentials, maxAttempts: 1, requestHandler: { httpsAgent } })
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
    httpsAgent.destroy()
    await server.stop()
  }
}

const halves = [
  '',
  'POST / HTTP/1.1\r\nHost: localhost\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf',
]

async function openPlain(port: number, i: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  // The server closes those that wait too long, and the longest idle ones when there are too many.
  socket.on('error', () => {})
  await once(socket, 'connect')
  const half = halves[i % halves.length]
  if (half) socket.write(half)
  return socket
}

/** Half of a handshake (nothing, its first byte, some of a hello), or what `openPlain` says, encrypted. */
async function openTls(port: number, i: number): Promise<Socket> {
  if (i % 2 === 0) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(hello.subarray(0, [0, 1, 5, 20][(i / 2) % 4]))
    return socket
  }
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  socket.on('error', () => {})
  // When there are too many, one may be closed before it has shaken hands.
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')])
  const half = halves[i % halves.length]
  if (half) socket.write(half)
  return socket
}

/** A record of 512 bytes with a ClientHello is announced, and never comes whole. */
const hello = Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), Buffer.alloc(20)])
