import { Agent, type RequestOptions, request } from 'node:https'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { KeyStoreProxyOptions } from '../../../core/services/service-module.ts'
import { signRequest } from '../../../crypto/sigv4/sign-request.ts'
import { type FailureKind, KeyStoreFailure } from '../domain/key-stores/key-store-failures.ts'

/** How external key store proxies are reached. */
/** One request of KMS to a proxy. */
export interface ProxyRequest {
  /** `https://proxy.example.com` */
  uriEndpoint: string
  /** The path of the proxy's API followed by that of the operation: `/kms/xks/v1/health`. */
  path: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  body: object
}

const defaultReplyMs = 250
const maxConnections = 64
const maxConnectionsToAll = 512
const idleMs = 30_000
const maxResponseBytes = 64 * 1024

/**
 * Speaks HTTPS to external key store proxies: requests signed for `kms-xks-proxy`, connections kept and bounded.
 * @see https://github.com/aws/aws-kms-xksproxy-api-spec
 */
export class XksProxyClient {
  readonly #options: KeyStoreProxyOptions
  /** Made when a proxy is first spoken to: reading the certificates of all authorities takes a while. */
  #agents: Agents | undefined

  constructor(options: KeyStoreProxyOptions) {
    this.#options = options
  }

  /**
   * @returns the JSON of a successful answer; nothing about it is checked.
   * @throws KeyStoreFailure - no connection, no answer in time, no JSON, or the proxy refused.
   */
  async post(asked: ProxyRequest): Promise<unknown> {
    const hostname = asked.uriEndpoint.slice('https://'.length).toLowerCase()
    const body = JSON.stringify(asked.body)
    // Signed with the wall clock, with which the proxy compares it. Redirects are not followed: only this address is the proxy.
    const headers = signedHeaders(asked, hostname, body)
    const { status, text } = await this.#send(hostname, asked.path, headers, body)
    const answer = parse(text)
    if (status === 200) return answer
    throw new KeyStoreFailure(refusals.get(errorNameOf(answer)) ?? 'invalid-response')
  }

  close(): void {
    this.#agents?.kept.destroy()
    this.#agents?.fresh.destroy()
  }

  #send(hostname: string, path: string, headers: Record<string, string>, body: string) {
    const { replyMs = defaultReplyMs } = this.#options
    const options: RequestOptions = {
      ...this.#addressOf(hostname),
      method: 'POST',
      path,
      headers,
      servername: hostname,
    }
    this.#agents ??= agents(this.#options)
    return exchange(this.#agents, options, body, performance.now() + replyMs)
  }

  #addressOf(hostname: string): { host: string; port: number } {
    const route = this.#options.routes?.[hostname]
    if (!route) return { host: hostname, port: 443 }
    const colon = route.lastIndexOf(':')
    return { host: route.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(route.slice(colon + 1)) }
  }
}

interface Agents {
  /** Keeps connections for the requests to come. */
  kept: Agent
  fresh: Agent
}

function agents({ authorities, clientCertificate }: KeyStoreProxyOptions): Agents {
  const ca = new Set([...getCACertificates('default'), ...getCACertificates('system')])
  if (authorities) ca.add(authorities)
  const secureContext = createSecureContext({ ca: [...ca], ...clientCertificate, minVersion: 'TLSv1.2' })
  const limits = { maxSockets: maxConnections, maxTotalSockets: maxConnectionsToAll, timeout: idleMs }
  const common = { secureContext, minVersion: 'TLSv1.2', ...limits } as const
  return { kept: new Agent({ ...common, keepAlive: true }), fresh: new Agent({ ...common, keepAlive: false }) }
}

function signedHeaders(asked: ProxyRequest, host: string, body: string): Record<string, string> {
  const signature = signRequest(
    { method: 'POST', path: asked.path, host, body },
    { ...asked, service: 'kms-xks-proxy' },
  )
  return { host, ...signature, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
}

interface Answer {
  status: number
  text: string
}

/** Sends a request, once more when the proxy had closed the connection that was kept. */
async function exchange(
  { kept, fresh }: Agents,
  options: RequestOptions,
  body: string,
  deadlineMs: number,
): Promise<Answer> {
  const first = await attempt({ ...options, agent: kept }, body, deadlineMs)
  if (first !== 'stale') return first
  const second = await attempt({ ...options, agent: fresh }, body, deadlineMs)
  if (second === 'stale') throw new KeyStoreFailure('unreachable')
  return second
}

/** @returns `stale` when a kept connection turned out to be closed: nothing was answered. */
function attempt(options: RequestOptions, body: string, deadlineMs: number): Promise<Answer | 'stale'> {
  return new Promise((resolve, reject) => {
    let reached: 'nothing' | 'host' | 'proxy' = 'nothing'
    let isOver = false
    const sent = request(options)
    const end = (answer: Answer | 'stale') => {
      isOver = true
      clearTimeout(timer)
      resolve(answer)
    }
    const fail = (kind: FailureKind, cause?: unknown) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      sent.destroy()
      reject(new KeyStoreFailure(kind, { cause }))
    }
    const late = () => fail(reached === 'nothing' ? 'unreachable' : 'timed-out')
    // An answer that came in while this process was busy counts: it is read before the immediate runs.
    const timer = setTimeout(() => setImmediate(late), Math.max(0, deadlineMs - performance.now()))
    sent.on('socket', (socket) => {
      if (sent.reusedSocket) {
        reached = 'proxy'
        return
      }
      socket.once('connect', () => (reached = 'host'))
      socket.once('secureConnect', () => (reached = 'proxy'))
    })
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) {
        return end('stale')
      }
      if (error.code?.startsWith('HPE_')) return fail('invalid-response', error)
      // In TLS 1.3 a proxy reports after the handshake that it wants another certificate.
      const isTls = reached === 'host' || error.code?.startsWith('ERR_SSL_')
      fail(isTls ? 'tls-refused' : 'unreachable', error)
    })
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > maxResponseBytes) return fail('invalid-response')
        chunks.push(chunk)
      })
      response.on('end', () => end({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
      response.on('error', (error) => fail('invalid-response', error))
    })
    sent.end(body)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new KeyStoreFailure('invalid-response', { cause })
  }
}

const errorNameOf = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null && 'errorName' in answer ? answer.errorName : undefined

/** The errors of the proxy API; other names cannot be interpreted. The messages of a proxy are not used. */
const refusals: ReadonlyMap<unknown, FailureKind> = new Map<unknown, FailureKind>([
  ['ValidationException', 'invalid-response'],
  ['InvalidStateException', 'external-key-disabled'],
  ['InvalidCiphertextException', 'ciphertext-rejected'],
  ['InvalidKeyUsageException', 'external-key-unfit'],
  ['AuthenticationFailedException', 'authentication-failed'],
  ['AccessDeniedException', 'access-denied'],
  ['KeyNotFoundException', 'external-key-not-found'],
  ['InvalidUriPathException', 'invalid-path'],
  ['ThrottlingException', 'throttled'],
  ['InternalException', 'unhealthy'],
  ['UnsupportedOperationException', 'not-supported'],
  ['DependencyTimeoutException', 'dependency-timed-out'],
])
