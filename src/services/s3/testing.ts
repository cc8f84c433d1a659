import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { GetObjectOutput, PutObjectOutput, PutObjectRequest } from '@aws-sdk/client-s3'
import aws4 from 'aws4'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { splitTarget } from '../../gateway/http/wire.ts'
import { region, root, rootSecret } from '../../testing/callers.ts'
import { type FixtureOptions, serviceFixture } from '../../testing/service-fixture.ts'
import { s3 } from './s3.ts'

type CallOptions = Parameters<Awaited<ReturnType<typeof serviceFixture>>['call']>[3]

/** S3 in the real pipeline, with shorter words for what tests do most; there is a bucket `photos`. */
export async function s3Fixture({ modules = [], ...options }: FixtureOptions & { modules?: ServiceModule[] } = {}) {
  const fixture = await serviceFixture([s3, ...modules], options)
  const call = <R = Record<string, unknown>>(operation: string, input: object, as?: CallOptions) =>
    fixture.call('s3', operation, input, as) as Promise<R>
  await call('CreateBucket', { Bucket: 'photos' })
  const get = async (Key: string, more: object = {}, as?: CallOptions) =>
    call<GetObjectOutput & { StatusCode: number }>('GetObject', { Bucket: 'photos', Key, ...more }, as)
  return {
    ...fixture,
    /** Makes a request of the root user as a client does, and takes its answer. */
    request: async (
      method: string,
      target: string,
      {
        body = '',
        headers = {},
        secret = rootSecret,
      }: { body?: string; headers?: Record<string, string>; secret?: string } = {},
    ) => {
      const host = '127.0.0.1'
      const signed = aws4.sign(
        { ...{ service: 's3', region, host, method, path: target, headers }, body },
        { accessKeyId: root.accessKeyId ?? '', secretAccessKey: secret },
      )
      const given = Object.entries(signed.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)])
      const head = { method, ...splitTarget(target), rawHeaders: given.flat(), headers: Object.fromEntries(given) }
      const source = {
        ip: '192.0.2.1',
        host,
        bodyBytes: body.length,
        tls: { version: 'TLSv1.3', cipherSuite: 'TLS_X' },
      }
      const client = { signal: new AbortController().signal }
      const answer = await fixture.gateway.answer({ ...head, body: Buffer.from(body) }, source, client)
      const { 'Content-Length': length = String(answer.body).length } = answer.headers
      answer.sent?.(method === 'HEAD' ? 0 : Number(length))
      return answer
    },
    s3: call,
    put: (Key: string, Body: string | Uint8Array, more: Partial<PutObjectRequest> = {}, as?: CallOptions) =>
      call<PutObjectOutput>('PutObject', { Bucket: 'photos', Key, Body, ...more }, as),
    get,
    read: async (Key: string, more: object = {}, as?: CallOptions) => {
      const Body = (await get(Key, more, as)).Body as unknown as Buffer | Readable
      return Buffer.isBuffer(Body) ? Body : buffer(Body)
    },
  }
}
