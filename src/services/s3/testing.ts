import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { GetObjectOutput, PutObjectOutput, PutObjectRequest } from '@aws-sdk/client-s3'
import type { ServiceModule } from '../../core/services/service-module.ts'
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
