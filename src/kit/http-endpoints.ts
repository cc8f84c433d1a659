import { type LookupAddress, lookup as resolveName } from 'node:dns'
import { type ClientRequest, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, type LookupFunction } from 'node:net'
import { DeliveryRefused } from './deliveries/failure.ts'

/** Which HTTP endpoints of users are called: those of the machine itself, or any. */
export type HttpEndpoints = 'loopback' | 'any'

/** Returns whether a host, as URLs have it, is a name or an address of the machine itself. */
export const isLoopbackName = (hostname: string): boolean =>
  /^(127(\.\d{1,3}){3}|\[::1\]|([\w-]+\.)*localhost)$/i.test(hostname)

/** Returns whether a host, as URLs have it, leads to this machine by its form alone: also addresses that stand for any of its own. */
export const leadsHere = (hostname: string): boolean =>
  isLoopbackName(hostname) || /^(0\.0\.0\.0|\[::\]|\[::ffff:(0:0|7f[\da-f]{2}:[\da-f]{1,4})\])$/i.test(hostname)

export interface EndpointRequest {
  url: URL
  method: string
  headers: Readonly<Record<string, string>>
  /** Absent: the request has none. */
  body?: string
  endpoints: HttpEndpoints
  /** How long the answer may take, the connection included. */
  answerMs: number
  signal: AbortSignal
  /** How much of the answer's body is read. Default: nothing. */
  bodyBytes?: number
}

export interface EndpointAnswer {
  status: number
  body: string
}

/**
 * Makes a request to an HTTP endpoint of a user. Redirects are not followed.
 * @throws DeliveryRefused - there was no answer: `EndpointTimeout` and `EndpointUnreachable` may be tried again.
 */
export async function requestEndpoint(asked: EndpointRequest): Promise<EndpointAnswer> {
  const { url, method, endpoints, answerMs, bodyBytes = 0 } = asked
  const bytes = asked.body === undefined ? undefined : Buffer.from(asked.body)
  // An address is not resolved, so it is looked at here.
  if (endpoints === 'loopback' && !isLoopbackName(url.hostname)) {
    const message = `${url.hostname} is not of this machine`
    throw new DeliveryRefused({ code: 'EndpointNotAllowed', message, status: 0, isPermanent: true })
  }
  const timeout = AbortSignal.timeout(answerMs)
  const signal = AbortSignal.any([asked.signal, timeout])
  return new Promise((resolve, reject) => {
    const headers = { ...asked.headers, ...(bytes && { 'Content-Length': bytes.length }) }
    const request = unlessInvalid(() =>
      (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
        ...{ method, headers, signal, agent: false },
        ...(endpoints === 'loopback' && { lookup: loopbackAddresses }),
      }),
    )
    const fail = ({ message }: Error) => {
      const code = timeout.aborted ? 'EndpointTimeout' : 'EndpointUnreachable'
      reject(new DeliveryRefused({ code, message, status: 0, isPermanent: false }))
    }
    request.on('response', (response) => {
      const status = response.statusCode ?? 0
      const chunks: Buffer[] = []
      let read = 0
      response.on('data', (chunk: Buffer) => {
        if (read < bodyBytes) chunks.push(chunk.subarray(0, bodyBytes - read))
        read += chunk.length
      })
      // Without a body that counts, the status is the answer, whatever follows it.
      response.on('error', bodyBytes > 0 ? fail : () => {})
      if (bodyBytes === 0) resolve({ status, body: '' })
      else response.on('end', () => resolve({ status, body: Buffer.concat(chunks).toString('utf8') }))
    })
    request.on('error', fail)
    request.end(bytes)
  })
}

/** Headers may hold what an event has, and not all of that can be in a header. @throws DeliveryRefused */
function unlessInvalid(make: () => ClientRequest): ClientRequest {
  try {
    return make()
  } catch (error) {
    const { message } = error as Error
    throw new DeliveryRefused({ code: 'EndpointRequestInvalid', message, status: 0, isPermanent: true })
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Resolves a name of the machine itself: one that leads elsewhere is not connected to. */
const loopbackAddresses: LookupFunction = (hostname, options, answer) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return answer(error, '')
    const found = addresses as LookupAddress[]
    const own = found.filter(({ address, family }) => loopback.check(address, family === 6 ? 'ipv6' : 'ipv4'))
    const [first] = own
    if (!first) return answer(new Error(`${hostname} is not a name of this machine`), '')
    if (options.all) answer(null, own)
    else answer(null, first.address, first.family)
  })
}
