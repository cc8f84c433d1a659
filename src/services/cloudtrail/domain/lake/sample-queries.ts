/** A query to begin with. */
export interface SampleQuery {
  name: string
  description: string
  sql: string
}

const sample = (name: string, description: string, sql: string): SampleQuery => ({ name, description, sql })

/** Stands for the id of a store. */
const store = '$EDS_ID'

export const sampleQueries: readonly SampleQuery[] = [
  sample(
    'Calls of a user',
    'Shows what a user or role did in the last week, newest first.',
    `SELECT eventTime, eventSource, eventName, awsRegion, sourceIPAddress FROM ${store} WHERE userIdentity.arn = '<arn>' AND eventTime > date_add('day', -7, now()) ORDER BY eventTime DESC`,
  ),
  sample(
    'Console sign-ins without MFA',
    'Finds sign-ins to the console in which no multi-factor authentication was used.',
    `SELECT eventTime, userIdentity.arn, sourceIPAddress FROM ${store} WHERE eventName = 'ConsoleLogin' AND element_at(additionalEventData, 'MFAUsed') = 'No' ORDER BY eventTime DESC`,
  ),
  sample(
    'Root user activity',
    'Lists everything that the root user of an account did.',
    `SELECT eventTime, eventSource, eventName, sourceIPAddress FROM ${store} WHERE userIdentity.type = 'Root' ORDER BY eventTime DESC`,
  ),
  sample(
    'Access denied errors by user',
    'Counts calls that were refused for want of permissions, by user and action.',
    `SELECT userIdentity.arn, eventSource, eventName, count(*) AS refusals FROM ${store} WHERE errorCode IN ('AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation') GROUP BY userIdentity.arn, eventSource, eventName ORDER BY refusals DESC`,
  ),
  sample(
    'Use of KMS keys',
    'Counts cryptographic operations for each KMS key.',
    `SELECT r.arn AS key, eventName, count(*) AS calls FROM ${store} CROSS JOIN UNNEST(resources) AS t(r) WHERE eventSource = 'kms.amazonaws.com' GROUP BY r.arn, eventName ORDER BY calls DESC`,
  ),
  sample(
    'Secrets that were read',
    'Shows who read the values of secrets in Secrets Manager.',
    `SELECT eventTime, userIdentity.arn, element_at(requestParameters, 'secretId') AS secret FROM ${store} WHERE eventSource = 'secretsmanager.amazonaws.com' AND eventName = 'GetSecretValue' ORDER BY eventTime DESC`,
  ),
  sample(
    'Changes of IAM policies',
    'Lists attached, detached and changed policies of users, groups and roles in IAM.',
    `SELECT eventTime, userIdentity.arn, eventName, requestParameters FROM ${store} WHERE eventSource = 'iam.amazonaws.com' AND eventName LIKE '%Policy' AND readOnly = false ORDER BY eventTime DESC`,
  ),
  sample(
    'Changes of S3 bucket policies',
    'Finds changes of the policies and of the public access of S3 buckets.',
    `SELECT eventTime, userIdentity.arn, eventName, element_at(requestParameters, 'bucketName') AS bucket FROM ${store} WHERE eventSource = 's3.amazonaws.com' AND eventName IN ('PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketPublicAccessBlock', 'DeleteBucketPublicAccessBlock') ORDER BY eventTime DESC`,
  ),
  sample(
    'Trails that were stopped or deleted',
    'Finds attempts to switch CloudTrail logging off.',
    `SELECT eventTime, userIdentity.arn, eventName, errorCode FROM ${store} WHERE eventSource = 'cloudtrail.amazonaws.com' AND eventName IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'DeleteEventDataStore') ORDER BY eventTime DESC`,
  ),
  sample(
    'Calls by service and Region',
    'Counts the calls of each service in each Region.',
    `SELECT eventSource, awsRegion, count(*) AS calls FROM ${store} GROUP BY eventSource, awsRegion ORDER BY calls DESC`,
  ),
  sample(
    'Most frequent errors',
    'Counts errors by service, operation and code.',
    `SELECT eventSource, eventName, errorCode, count(*) AS errors FROM ${store} WHERE errorCode IS NOT NULL GROUP BY eventSource, eventName, errorCode ORDER BY errors DESC LIMIT 50`,
  ),
  sample(
    'Roles that were assumed',
    'Shows who assumed which roles, and from where.',
    `SELECT eventTime, userIdentity.arn, element_at(requestParameters, 'roleArn') AS role, sourceIPAddress FROM ${store} WHERE eventSource = 'sts.amazonaws.com' AND eventName LIKE 'AssumeRole%' ORDER BY eventTime DESC`,
  ),
]

/** Words that say nothing about what is looked for. */
const empty = new Set([
  'a',
  'an',
  'the',
  'of',
  'in',
  'for',
  'to',
  'and',
  'or',
  'was',
  'were',
  'is',
  'are',
  'me',
  'show',
  'find',
  'list',
])

const wordsOf = (text: string): Set<string> =>
  new Set(
    (text.toLowerCase().match(/[a-z0-9]+/g) ?? [])
      .filter((word) => !empty.has(word))
      .map((word) => word.replace(/s$/, '')),
  )

/** Finds samples that have words of a phrase, the ones with most of them first. */
export function findSamples(phrase: string): { query: SampleQuery; relevance: number }[] {
  const wanted = [...wordsOf(phrase)]
  return sampleQueries
    .map((query) => {
      const inName = wordsOf(query.name)
      const inAll = wordsOf(`${query.name} ${query.description} ${query.sql}`)
      const score = wanted.reduce((sum, word) => sum + (inName.has(word) ? 1 : inAll.has(word) ? 0.7 : 0), 0)
      return { query, relevance: wanted.length === 0 ? 0 : Math.round((score / wanted.length) * 100) / 100 }
    })
    .filter(({ relevance }) => relevance > 0)
    .sort((a, b) => b.relevance - a.relevance)
}
