// The yardstick: node:http that reads a body and answers fixed bytes. Usage: node bench/bare-server.ts '{"headers":{…},"body":"…"}'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const { headers, body } = JSON.parse(process.argv[2] ?? '{}') as { headers: Record<string, string>; body: string }
const bytes = Buffer.from(body, 'latin1')

const server = createServer({ noDelay: true }, (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    response.writeHead(200, headers)
    response.end(bytes)
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
