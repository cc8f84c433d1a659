import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { listenOn } from './listen-on.ts'

const noIpv6 =
  Object.values(networkInterfaces())
    .flat()
    .every((each) => each?.address !== '::1') && 'this machine has no ::1'

const close = (servers: readonly Server[]) =>
  Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))

async function reaches(port: number, host: string): Promise<boolean> {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('localhost is both loopback addresses, with one port', { skip: noIpv6 }, async () => {
  const { servers, address } = await listenOn(createServer, { host: 'localhost', port: 0 })
  const { port } = address
  assert.equal(address.address, '127.0.0.1')
  assert.deepEqual([await reaches(port, '127.0.0.1'), await reaches(port, '::1')], [true, true])
  await close(servers)
  assert.deepEqual([await reaches(port, '127.0.0.1'), await reaches(port, '::1')], [false, false])
})

test('an address is listened on alone', async () => {
  const { servers, address } = await listenOn(createServer, { host: '127.0.0.1', port: 0 })
  assert.equal(servers.length, 1)
  assert.equal(await reaches(address.port, '::1'), false)
  await close(servers)
})

test('a port that another program has on one loopback address is refused on both', { skip: noIpv6 }, async () => {
  const other = createNetServer().listen({ host: '::1', port: 0, ipv6Only: true })
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await assert.rejects(listenOn(createServer, { host: 'localhost', port }), { code: 'EADDRINUSE', address: '::1' })
  assert.equal(await reaches(port, '127.0.0.1'), false)
  other.close()
})

/** Makes servers, the second of which cannot listen. */
function secondFails(code: string) {
  const made: Server[] = []
  const create = () => {
    const server = createServer()
    if (made.push(server) === 2) {
      server.listen = () => {
        setImmediate(() => server.emit('error', Object.assign(new Error(code), { code, address: '::1' })))
        return server
      }
    }
    return server
  }
  return { made, create }
}

test('another port is looked for where any will do', { skip: noIpv6 }, async () => {
  const { made, create } = secondFails('EADDRINUSE')
  const { servers } = await listenOn(create, { host: 'localhost', port: 0 })
  assert.deepEqual(servers, made.slice(2))
  assert.equal(made[0]?.listening, false)
  await close(servers)
})

test('a machine without IPv6 has one loopback address', async () => {
  for (const code of ['EADDRNOTAVAIL', 'EAFNOSUPPORT']) {
    const { made, create } = secondFails(code)
    const { servers } = await listenOn(create, { host: 'localhost', port: 0 })
    assert.deepEqual(servers, made.slice(0, 1))
    await close(servers)
  }
})
