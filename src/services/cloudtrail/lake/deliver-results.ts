import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Clock } from '../../../core/clock.ts'
import type { ServiceError } from '../../../core/service-error.ts'
import { type ServiceCalls, servicePrincipal } from '../../../core/services/service-calls.ts'
import type { ResultColumn, ResultRow } from '../../../kit/sql-queries/sources.ts'
import { cloudtrailPrincipal, refusalOf } from '../delivery/bucket-writer.ts'
import type { SigningKeys } from '../delivery/signing-keys.ts'
import { bucketMissing, bucketPolicyInsufficient, invalidBucketName } from '../domain/errors.ts'
import type { EventDataStore } from '../domain/lake/event-data-store.ts'
import type { DeliveryStatus, LakeQuery } from '../storage/lake-queries.ts'

const zip = promisify(gzip)

/** Of one file, before it is compressed. */
const fileBytes = 64 * 1024 * 1024

interface Place {
  bucket: string
  /** Empty, or with a slash at its end. */
  prefix: string
}

function placeOf(uri: string): Place {
  const found = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri)
  if (!found) throw invalidBucketName(uri)
  const [, bucket = '', path = ''] = found
  const prefix = path.replace(/\/+$/, '')
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` }
}

const folderOf = (
  { id, accountId, createdAtMs }: Pick<LakeQuery, 'id' | 'accountId' | 'createdAtMs'>,
  { prefix }: Place,
) => {
  const day = new Date(createdAtMs).toISOString().slice(0, 10).replaceAll('-', '/')
  return `${prefix}AWSLogs/${accountId}/CloudTrail-Lake/Query/${day}/${id}/`
}

/**
 * Finds the Region of a bucket to which CloudTrail may write results.
 * @throws ServiceError S3BucketDoesNotExistException, InsufficientS3BucketPolicyException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/s3-bucket-policy-lake-query-results.html
 */
export async function checkResultBucket(calls: ServiceCalls, store: EventDataStore, uri: string): Promise<string> {
  const place = placeOf(uri)
  const { bucket: Bucket } = place
  const caller = servicePrincipal(cloudtrailPrincipal, store)
  const refused = ({ code }: ServiceError) =>
    code === 'NoSuchBucket' || code === 'InvalidBucketName' ? bucketMissing(Bucket) : bucketPolicyInsufficient(Bucket)
  const Key = `${folderOf({ id: store.id, accountId: store.accountId, createdAtMs: 0 }, place)}result_1.csv.gz`
  let region = store.region
  for (let tries = 0; tries < 2; tries++) {
    const input = { Bucket, Key, Body: '' }
    const refusal = await calls.refusal({ caller, region, service: 's3', operation: 'PutObject', input })
    if (!refusal) return region
    const elsewhere = refusal.headers['x-amz-bucket-region']
    if (elsewhere === undefined || elsewhere === region) throw refused(refusal)
    region = elsewhere
  }
  throw bucketPolicyInsufficient(Bucket)
}

interface DeliveringHost {
  calls: ServiceCalls
  clock: Clock
  signingKeys: SigningKeys
}

/** Files of a result, written as its rows come. */
export interface CsvResult {
  take(columns: readonly ResultColumn[], rows: readonly ResultRow[]): Promise<void>
  /** Writes what is left, and the file that signs the others. */
  end(): Promise<DeliveryStatus>
}

/** Delivers the rows of a query to its bucket: CSV, compressed, and a signed list of the files. */
export async function deliverResults(
  { calls, clock, signingKeys }: DeliveringHost,
  store: EventDataStore | undefined,
  query: LakeQuery,
): Promise<CsvResult | undefined> {
  const { delivery } = query
  if (!delivery || !store) return undefined
  const place = placeOf(delivery.uri)
  const folder = folderOf(query, place)
  const files: { fileHashValue: string; fileName: string }[] = []
  let waiting: string[] = []
  let bytes = 0
  let header = ''
  let failure: string | undefined

  const put = (name: string, Body: Uint8Array | string, ContentType: string) => {
    const caller = servicePrincipal(cloudtrailPrincipal, store)
    const input = { Bucket: place.bucket, Key: folder + name, Body, ContentType }
    return refusalOf(() =>
      calls.invoke({ caller, region: delivery.bucketRegion, service: 's3', operation: 'PutObject', input }),
    )
  }
  const writeFile = async () => {
    const body = await zip(header + waiting.join(''))
    const fileName = `result_${files.length + 1}.csv.gz`
    failure ??= await put(fileName, body, 'application/x-gzip')
    files.push({ fileHashValue: createHash('sha256').update(body).digest('hex'), fileName })
    waiting = []
    bytes = 0
  }
  return {
    async take(columns, rows) {
      header = csvLine(columns.map(({ name }) => name))
      for (const row of rows) {
        const line = csvLine(row)
        waiting.push(line)
        bytes += line.length
        if (bytes >= fileBytes) await writeFile()
      }
    },
    async end() {
      if (waiting.length > 0 || files.length === 0) await writeFile()
      if (failure !== undefined) return failedAs(failure, 'ACCESS_DENIED', 'FAILED')
      const key = await signingKeys.current(store.region)
      const toSign = files.map(({ fileHashValue }) => fileHashValue).join(' ')
      const sign = {
        ...{ version: '1.0', region: store.region, files, hashAlgorithm: 'SHA-256' },
        signatureAlgorithm: 'SHA256withRSA',
        queryCompleteTime: new Date(clock.nowMs()).toISOString(),
        hashSignature: await signingKeys.sign(key, toSign),
        publicKeyFingerprint: key.fingerprint,
      }
      const refused = await put('result_sign.json', JSON.stringify(sign), 'application/json')
      return refused === undefined ? 'SUCCESS' : failedAs(refused, 'ACCESS_DENIED_SIGNING_FILE', 'FAILED_SIGNING_FILE')
    },
  }
}

const failedAs = (code: string, denied: DeliveryStatus, failed: DeliveryStatus): DeliveryStatus => {
  if (code === 'NoSuchBucket') return 'RESOURCE_NOT_FOUND'
  return code === 'AccessDenied' ? denied : failed
}

const csvLine = (values: readonly (string | null)[]): string =>
  `${values.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(',')}\n`
