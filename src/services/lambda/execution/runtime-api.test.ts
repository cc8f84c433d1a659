import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { RuntimeApi } from './runtime-api.ts'

test('a runtime may have few connections, and says one thing after the other', async () => {
  const ignored = () => {}
  const listener = { onReady: ignored, onResult: ignored, onResultTooLarge: ignored, onInitError: ignored }
  const api = new RuntimeApi(listener, undefined)
  const address = await api.listen()
  const port = Number(address.split(':')[1])
  const sockets: Socket[] = []
  try {
    const openAtOnce = await new Promise<number>((resolve) => {
      let ended = 0
      for (let count = 0; count < 40; count++) {
        const socket = connect(port, '127.0.0.1')
        sockets.push(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          ended++
          if (ended === 24) resolve(sockets.filter(({ destroyed }) => !destroyed).length)
        })
      }
    })
    assert.equal(openAtOnce, 16)
    const [first, second] = sockets.filter(({ destroyed }) => !destroyed)
    assert.ok(first && second)
    const head = 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n'
    // The answer says that the server has begun to read.
    first.write(`${head}Expect: 100-continue\r\n\r\n`)
    assert.match(String((await once(first, 'data'))[0]), /^HTTP\/1\.1 100 /)
    second.write(`${head}\r\n{}`)
    assert.match(String((await once(second, 'data'))[0]), /^HTTP\/1\.1 400 /)
    first.write('{}')
    assert.match(String((await once(first, 'data'))[0]), /^HTTP\/1\.1 202 /)
  } finally {
    for (const socket of sockets) socket.destroy()
    api.close()
  }
})
