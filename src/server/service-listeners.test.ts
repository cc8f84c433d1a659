import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { StoppedError } from '../core/stopped-error.ts'
import { OwnedListeners } from './service-listeners.ts'

function listening(t: TestContext) {
  const faults: unknown[] = []
  const listeners = new OwnedListeners('localhost', (fault) => faults.push(fault))
  t.after(() => listeners.close())
  const open = async (port: number, host = '127.0.0.1'): Promise<Socket> => {
    const socket = connect(port, host)
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
  return { faults, listeners, open }
}

const echo = (socket: Socket) => void socket.pipe(socket)

async function echoed(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  const [answer] = await once(socket, 'data')
  return String(answer)
}

test("a service's listener takes connections where the server listens, up to its number", async (t) => {
  const { listeners, open } = listening(t)
  const { port } = await listeners.open({ port: 0, connections: 1, onConnection: echo })
  const first = await open(port)
  assert.equal(await echoed(first, 'hello'), 'hello')
  const second = await open(port)
  await once(second, 'close')
  first.destroy()
  await once(first, 'close')
})

test('when the server stops, no connection is taken any more, open ones go on until the services have stopped', async (t) => {
  const { listeners, open } = listening(t)
  const listener = await listeners.open({ port: 0, connections: 10, onConnection: echo })
  const socket = await open(listener.port)
  listeners.stopAccepting()
  await assert.rejects(open(listener.port), { code: 'ECONNREFUSED' })
  assert.equal(await echoed(socket, 'still there'), 'still there')
  await assert.rejects(listeners.open({ port: 0, connections: 1, onConnection: echo }), StoppedError)
  const closed = once(socket, 'close')
  await listeners.close()
  await closed
})

test('a fault in taking a connection is reported, and cuts that connection alone', async (t) => {
  const { listeners, open, faults } = listening(t)
  const fault = new Error('a fault')
  let isFaulty = true
  const { port } = await listeners.open({
    port: 0,
    connections: 10,
    onConnection: (socket) => {
      if (isFaulty) throw fault
      echo(socket)
    },
  })
  await once(await open(port), 'close')
  assert.deepEqual(faults, [fault])
  isFaulty = false
  assert.equal(await echoed(await open(port), 'hello'), 'hello')
})

test('a port that is taken is an error with its code, and nothing stays open', async (t) => {
  const { listeners } = listening(t)
  const options = { port: 0, connections: 1, onConnection: echo }
  const { port, close } = await listeners.open(options).then((listener) => ({
    port: listener.port,
    close: () => listener.close(),
  }))
  await assert.rejects(listeners.open({ ...options, port }), { code: 'EADDRINUSE' })
  await close()
  assert.equal((await listeners.open({ ...options, port })).port, port)
})
