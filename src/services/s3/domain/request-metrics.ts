import type { MetricsConfiguration, MetricsFilter } from '@aws-sdk/client-s3'
import type { GivenTag } from '../../../kit/tags.ts'
import { invalidConfigurationId } from './configuration-errors.ts'
import { invalidArgument, malformedXml, notSupported } from './errors.ts'

/** How many metrics configurations a bucket may have. */
export const mostMetricsConfigurations = 1000

/**
 * Checks a metrics configuration: which requests of a bucket are counted together.
 * @throws ServiceError MalformedXML, InvalidConfigurationId, InvalidArgument, NotImplemented for access points.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html
 */
export function checkMetricsConfiguration(
  id: string,
  given: MetricsConfiguration | undefined,
): MetricsConfiguration & { Id: string } {
  checkConfigurationId(id)
  if (!given?.Id) throw malformedXml()
  if (given.Id !== id) throw invalidArgument('The ID of the configuration is not that of the request', 'id', id)
  if (given.Filter) checkFilter(given.Filter)
  return { ...given, Id: given.Id }
}

/** @throws ServiceError InvalidConfigurationId. */
export function checkConfigurationId(id: string): void {
  if (!/^[\w.-]{1,64}$/.test(id)) throw invalidConfigurationId()
}

function checkFilter({ Prefix, Tag, AccessPointArn, And }: Partial<Unioned<MetricsFilter>>): void {
  if ([Prefix, Tag, AccessPointArn, And].filter((one) => one !== undefined).length !== 1) throw malformedXml()
  const { Prefix: prefix, Tags = [], AccessPointArn: accessPoint } = And ?? {}
  const tags = [...(Tag ? [Tag] : []), ...Tags]
  if (And && Tags.length + [prefix, accessPoint].filter((one) => one !== undefined).length < 2) throw malformedXml()
  if (tags.some(({ Key, Value }) => !Key || Value === undefined)) throw malformedXml()
  if ((AccessPointArn ?? accessPoint) !== undefined) throw notSupported('A filter by access points')
}

type Unioned<Union> = Union extends unknown
  ? { [Name in keyof Union]: Union[Name] } & Partial<Record<Exclude<Names, keyof Union>, undefined>>
  : never
type Names = 'Prefix' | 'Tag' | 'AccessPointArn' | 'And'

/** The kinds of requests that are counted by themselves. */
export type RequestKind =
  | 'GetRequests'
  | 'PutRequests'
  | 'DeleteRequests'
  | 'HeadRequests'
  | 'PostRequests'
  | 'ListRequests'

const lists = new Set(['ListObjects', 'ListObjectsV2', 'ListObjectVersions', 'ListMultipartUploads'])
/** On buckets, although they are called after objects. */
const ofBuckets = new Set(['GetObjectLockConfiguration', 'PutObjectLockConfiguration'])

const byMethod: Readonly<Record<string, RequestKind>> = {
  GET: 'GetRequests',
  PUT: 'PutRequests',
  DELETE: 'DeleteRequests',
  HEAD: 'HeadRequests',
  POST: 'PostRequests',
}

/**
 * Returns as what a request is counted, beside being one. Undefined for what configures buckets.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
 */
export function kindOfRequest(operation: string | undefined, method: string): RequestKind | undefined {
  if (operation === undefined || ofBuckets.has(operation)) return undefined
  if (lists.has(operation)) return 'ListRequests'
  if (operation === 'DeleteObjects') return 'DeleteRequests'
  return /Object|Part|MultipartUpload/.test(operation) ? byMethod[method] : undefined
}

/** What a request is about: its keys, and the tags of its object. */
export interface MeasuredObjects {
  keys: readonly string[]
  tags: readonly GivenTag[]
}

/** Returns whether a configuration counts a request. One with a filter counts those on objects that fit it. */
export function isCounted({ Filter }: MetricsConfiguration, { keys, tags }: MeasuredObjects): boolean {
  if (!Filter) return true
  const { Prefix = Filter.And?.Prefix ?? '', Tag } = Filter as Partial<Unioned<MetricsFilter>>
  const wanted = [...(Tag ? [Tag] : []), ...(Filter.And?.Tags ?? [])]
  return (
    keys.some((key) => key.startsWith(Prefix)) &&
    wanted.every(({ Key, Value }) => tags.some((tag) => tag.Key === Key && tag.Value === Value))
  )
}
