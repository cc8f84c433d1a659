import type { Readable } from 'node:stream'
import type { Table } from '@aws-sdk/client-glue'
import { InnerCallRefused, ServiceError } from '../../../core/service-error.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import type { InputOf, OperationName, OutputOf } from '../../../core/services/service-operations.ts'
import { type Location, printLocation } from '../domain/location.ts'
import { ddlFailure, QueryRefusedError } from '../domain/query-failure.ts'
import { outline } from '../outline.ts'
import type { Query } from '../storage/collections.ts'

const { principal } = outline.head

/** An object that a query reads. */
export interface FoundObject {
  key: string
  bytes: number
}

/** S3 and Glue as the caller of a query: each call is authorised and recorded as theirs, by way of Athena. */
export class CallersServices {
  readonly #calls: ServiceCalls
  readonly #query: Query

  constructor(calls: ServiceCalls, query: Query) {
    this.#calls = calls
    this.#query = query
  }

  glue<O extends OperationName<'glue'>>(operation: O, input: InputOf<'glue', O>): Promise<OutputOf<'glue', O>> {
    const { caller, region } = this.#query
    return this.#calls.invoke({ caller, region, calledVia: [principal], service: 'glue', operation, input })
  }

  s3<O extends OperationName<'s3'>>(operation: O, input: InputOf<'s3', O>): Promise<OutputOf<'s3', O>> {
    const { caller, region } = this.#query
    return this.#calls.invoke({ caller, region, calledVia: [principal], service: 's3', operation, input })
  }

  /** @returns undefined for a table that is not there. @throws QueryRefusedError for a caller who may not know. */
  async findTable(database: string, name: string): Promise<Table | undefined> {
    try {
      const { Table: table } = await this.glue('GetTable', { DatabaseName: database, Name: name })
      return table
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw catalogRefusal(error)
    }
  }

  /** The objects in a folder, or with a name that begins so. Hidden files are left out, as Hive does. @throws QueryRefusedError */
  async *objectsBelow({ bucket, key }: Location): AsyncGenerator<FoundObject> {
    let token: string | undefined
    do {
      const input = { Bucket: bucket, Prefix: key, ...(token !== undefined && { ContinuationToken: token }) }
      const { Contents = [], NextContinuationToken } = await this.s3('ListObjectsV2', input).catch((error) => {
        throw storageRefusal(error, { bucket, key })
      })
      for (const { Key = '', Size = 0 } of Contents) {
        const [name = ''] = Key.slice(key.length).split('/').slice(-1)
        if (Size > 0 && !/^[._]/.test(name)) yield { key: Key, bytes: Size }
      }
      token = NextContinuationToken
    } while (token !== undefined)
  }

  /** The folders in a folder: keys that end with a slash. @throws QueryRefusedError */
  async *foldersBelow({ bucket, key }: Location): AsyncGenerator<string> {
    let token: string | undefined
    do {
      const more = token === undefined ? {} : { ContinuationToken: token }
      const input = { Bucket: bucket, Prefix: key, Delimiter: '/', ...more }
      const { CommonPrefixes = [], NextContinuationToken } = await this.s3('ListObjectsV2', input).catch((error) => {
        throw storageRefusal(error, { bucket, key })
      })
      for (const { Prefix = '' } of CommonPrefixes) yield Prefix
      token = NextContinuationToken
    } while (token !== undefined)
  }

  /** @throws QueryRefusedError */
  async readObject(place: Location): Promise<Buffer | Readable> {
    try {
      const { Body } = await this.s3('GetObject', { Bucket: place.bucket, Key: place.key })
      return Body
    } catch (error) {
      throw storageRefusal(error, place)
    }
  }

  /** Puts an object of the query's results, encrypted as it says. @throws QueryRefusedError */
  async putResult(place: Location, Body: InputOf<'s3', 'PutObject'>['Body'], ContentType: string): Promise<void> {
    const { encryption, expectedBucketOwner } = this.#query
    const encrypted =
      encryption?.option === 'SSE_KMS'
        ? ({ ServerSideEncryption: 'aws:kms', ...(encryption.kmsKey && { SSEKMSKeyId: encryption.kmsKey }) } as const)
        : encryption && ({ ServerSideEncryption: 'AES256' } as const)
    try {
      await this.s3('PutObject', {
        ...{ Bucket: place.bucket, Key: place.key, Body, ContentType, ...encrypted },
        ...(expectedBucketOwner !== undefined && { ExpectedBucketOwner: expectedBucketOwner }),
      })
    } catch (error) {
      if (!(error instanceof ServiceError) || error.status >= 500) throw error
      const url = printLocation(place)
      const reason =
        error.status === 403
          ? `Access denied when writing output to url: ${url} . Please ensure you are allowed to access the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key (${s3Words(error)})`
          : `Unable to write results to ${url}: ${s3Words(error)}`
      throw new QueryRefusedError(reason, { type: 401 })
    }
  }
}

export const isNotFound = (error: unknown): boolean =>
  error instanceof ServiceError && error.code === 'EntityNotFoundException'

/** `Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; …)` */
function s3Words(error: ServiceError): string {
  const requestId = error instanceof InnerCallRefused ? ` Request ID: ${error.requestId};` : ''
  const what = error.code === 'AccessDenied' ? 'Access Denied' : error.message
  return `${what} (Service: Amazon S3; Status Code: ${error.status}; Error Code: ${error.code};${requestId} Proxy: null)`
}

/** What S3 refuses to the caller, as the query's failure; faults pass. */
function storageRefusal(error: unknown, place: Location): unknown {
  if (!(error instanceof ServiceError) || error.status >= 500) return error
  const kind = error.status === 403 ? 'PERMISSION_DENIED' : 'HIVE_CANNOT_OPEN_SPLIT'
  const why = /^Access Denied\.?$/.test(error.message) ? '' : `. ${error.message}`
  return new QueryRefusedError(`${kind}: ${s3Words(error)}: ${printLocation(place)}${why}`)
}

/** Returns what Glue refuses to the caller, likewise. */
export function catalogRefusal(error: unknown): unknown {
  if (!(error instanceof ServiceError) || error.status >= 500) return error
  if (/^AccessDenied/.test(error.code)) {
    return new QueryRefusedError(`Insufficient permissions to execute the query. ${error.message}`)
  }
  return ddlFailure(error.message)
}
