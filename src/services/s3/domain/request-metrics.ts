import type { MetricsConfiguration, MetricsFilter } from '@aws-sdk/client-s3'
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
