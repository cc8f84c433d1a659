// The yardstick for objects: node:http that writes bodies to files, durably, and reads them. Usage: node bench/bare-files.ts FOLDER
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const [, , folder = '.'] = process.argv
let written = 0

const server = createServer({ noDelay: true }, async (request, response) => {
  const path = join(folder, (request.url ?? '').replaceAll(/[^a-z0-9-]/gi, '_'))
  if (request.method === 'PUT') {
    const unfinished = `${path}.${written++}`
    await pipeline(request, createWriteStream(unfinished))
    const file = await open(unfinished)
    await file.sync()
    await file.close()
    await rename(unfinished, path)
    response.writeHead(200, { 'Content-Length': 0 })
    response.end()
    return
  }
  response.writeHead(200, { 'Content-Length': (await stat(path)).size })
  await pipeline(createReadStream(path), response).catch(() => {})
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
