/**
 * The Regions of AWS's commercial partition.
 * @see https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */
const commercialRegions: ReadonlySet<string> = new Set([
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'ca-west-1', 'mx-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-central-2', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  ...['ap-east-1', 'ap-east-2', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-south-1', 'ap-south-2'],
  ...['ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-6'],
  ...['ap-southeast-7', 'af-south-1', 'il-central-1', 'me-central-1', 'me-south-1'],
])

/** Whether AWS has such a Region. Every Region is served here; this is for what names another one. */
export const isRegion = (name: string): boolean => commercialRegions.has(name)

/** Whether a name could be a Region's in any partition: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`. */
export const hasRegionForm = (name: string): boolean => /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(name)
