/** What is wrong with an entry of Resource or NotResource in a policy of IAM's own. */
export interface ResourceProblem {
  message: string
  /** The legacy parser finds it: reported before problems of any other element. */
  legacy: boolean
}

const partitions = new Set([
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
  'aws-eusc',
])

const iamPaths = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
]

/** @returns undefined for `*` and for ARN patterns that IAM accepts. */
export function resourceProblem(resource: string): ResourceProblem | undefined {
  if (resource === '*') return undefined
  const [prefix, partition, service, region, account, ...rest] = resource.split(':')
  if (partition === undefined) return problem(`Resource ${resource} must be in ARN format or "*".`)
  if (!isPartition(partition)) {
    // IAM prints the ARN as it understood it: parts left out are stars.
    const parts = [
      'arn',
      partition,
      service ?? '*',
      region ?? '*',
      account ?? '*',
      rest.length > 0 ? rest.join(':') : '*',
    ]
    return problem(`Partition "${partition}" is not valid for resource "${parts.join(':')}".`)
  }
  if (prefix !== 'arn') return problem(`Resource ${resource} must be in ARN format or "*".`)
  const isBroken = service === '' || (rest.length === 0 && resource.includes('::'))
  if (isBroken) return { message: 'The policy failed legacy parsing', legacy: true }
  if (service === undefined || /[*?]/.test(service)) {
    return problem('Resource vendor must be fully qualified and cannot contain regexes.')
  }
  const hasRegion = region !== undefined && region !== '' && region !== '*'
  // Buckets and objects have neither region nor account; everything else of S3 has both.
  if (service === 's3' && hasRegion && account === '') {
    return problem(`Resource ${resource} can not contain region information.`)
  }
  return service === 'iam' ? iamProblem(resource, hasRegion, rest.length > 0 ? rest.join(':') : '*') : undefined
}

function iamProblem(resource: string, hasRegion: boolean, path: string): ResourceProblem | undefined {
  if (hasRegion) return problem(`IAM resource ${resource} cannot contain region information.`)
  // The message leaves the root user out; the service takes it.
  if (path === '*' || path === 'root' || iamPaths.some((start) => path.startsWith(start))) return undefined
  return problem(`IAM resource path must either be "*" or start with ${iamPaths.join(', ')}.`)
}

const isPartition = (text: string) => text === '*' || partitions.has(text)

const problem = (message: string): ResourceProblem => ({ message, legacy: false })
