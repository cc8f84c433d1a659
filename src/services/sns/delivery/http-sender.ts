import { type LookupAddress, lookup as resolveName } from 'node:dns'
import { type ClientRequest, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, type LookupFunction } from 'node:net'
import type { DeliverySender } from '../../../kit/deliveries/delivery-source.ts'
import { DeliveryRefused } from '../../../kit/deliveries/failure.ts'
import type { HttpEndpoints } from '../domain/subscription.ts'

/** A message for an HTTP endpoint. */
export interface HttpMessage {
  url: string
  body: string
  headers: Readonly<Record<string, string>>
}

/** How long an endpoint may take for its answer, the connection included, as AWS has it. */
const answerMs = 15_000

/**
 * Sends messages to HTTP endpoints. Redirects are not followed. What an endpoint answers with a status of 4xx, other than 429, is not
 * tried again.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
export const httpSender =
  (endpoints: HttpEndpoints): DeliverySender =>
  async (input, _delivery, signal) => {
    const { url, body, headers } = input as HttpMessage
    const status = await post(new URL(url), body, headers, { endpoints, signal })
    if (status >= 200 && status < 300) return
    throw new DeliveryRefused({
      ...{ code: 'EndpointError', message: `The endpoint answered ${status}.`, status },
      isPermanent: status >= 300 && status < 500 && status !== 429,
    })
  }

interface PostOptions {
  endpoints: HttpEndpoints
  signal: AbortSignal
}

/** @returns the status. @throws DeliveryRefused - there was no answer. */
function post(url: URL, body: string, headers: HttpMessage['headers'], options: PostOptions): Promise<number> {
  const bytes = Buffer.from(body)
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(answerMs)])
  return new Promise((resolve, reject) => {
    const request: ClientRequest = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      ...{ method: 'POST', headers: { ...headers, 'Content-Length': bytes.length }, signal, agent: false },
      ...(options.endpoints === 'loopback' && { lookup: loopbackAddresses }),
    })
    request.on('response', (response) => {
      // The answer's body means nothing.
      response.resume()
      response.on('error', () => {})
      resolve(response.statusCode ?? 0)
    })
    request.on('error', ({ message }) => {
      reject(new DeliveryRefused({ code: 'EndpointUnreachable', message, status: 0, isPermanent: false }))
    })
    request.end(bytes)
  })
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
