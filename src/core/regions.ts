/**
 * The Regions of AWS's commercial partition, the one that a server is of.
 * @see https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */
const commercialRegions: ReadonlySet<string> = new Set([
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'ca-west-1', 'mx-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-central-2', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  ...['ap-east-1', 'ap-east-2', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-south-1', 'ap-south-2'],
  ...['ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-6'],
  ...['ap-southeast-7', 'af-south-1', 'il-central-1', 'me-central-1', 'me-south-1'],
])

/** The partitions that a server is not of, by how the names of their Regions begin. */
const otherPartitions: readonly (readonly [beginning: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
]

/** Returns whether AWS has such a Region in the commercial partition. */
export const isRegion = (name: string): boolean => commercialRegions.has(name)

/** Returns whether a name could be a Region's in any partition: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`. */
export const hasRegionForm = (name: string): boolean => /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(name)

/** The partition of a Region that is in another one than the server. Its ARNs do not begin with `arn:aws:`. */
export const otherPartitionOf = (name: string): string | undefined =>
  otherPartitions.find(([beginning]) => name.startsWith(beginning))?.[1]

/**
 * Returns why a Region is not served: AWS has none of that name, or it has another partition's. The server's own is served whatever
 * its name is, so that there can be Regions that AWS has not, or not yet.
 * @returns a sentence that says what to do, or undefined for a Region that is served.
 */
export function regionRefusal(name: string, own: string): string | undefined {
  if (isRegion(name) || name === own) return undefined
  const partition = otherPartitionOf(name)
  if (partition) return `It is of the partition ${partition}, and this server is of the partition aws: use ${own}.`
  const toServe = hasRegionForm(name) ? `, or start the server with --region ${name} to have such a Region` : ''
  return `AWS has no Region of that name: use ${own} or any other Region of the partition aws${toServe}.`
}
