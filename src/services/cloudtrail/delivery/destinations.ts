import { parseArn } from '../../../core/arn.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import type { RoleSessions } from '../../../kit/role-sessions.ts'
import {
  bucketMissing,
  bucketPolicyInsufficient,
  invalidKmsKeyId,
  keyPolicyInsufficient,
  kmsFailed,
  kmsKeyMissing,
  logGroupNotValid,
  logsRoleDenied,
  logsRoleNotTrusting,
  topicPolicyInsufficient,
} from '../domain/errors.ts'
import { logFileKey } from '../domain/log-file.ts'
import type { Trail } from '../domain/trail.ts'
import { objectOf, trailCaller } from './bucket-writer.ts'
import { logStreamName, logsCaller } from './deliver-logs.ts'

// What a trail is given to deliver to is asked as the trail itself: as CloudTrail, with the trail's ARN as aws:SourceArn.

type Asking = Pick<Trail, 'arn' | 'accountId' | 'homeRegion'>

/**
 * Finds the Region of a bucket to which CloudTrail may write for a trail.
 * @throws ServiceError S3BucketDoesNotExistException, InsufficientS3BucketPolicyException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
 */
export async function checkBucket(
  calls: ServiceCalls,
  trail: Asking & Pick<Trail, 'bucket' | 'prefix' | 'organizationId'>,
): Promise<string> {
  const { bucket, accountId, homeRegion } = trail
  const caller = trailCaller(trail)
  const readAcl = async (region: string): Promise<string> => {
    try {
      await calls.invoke({ caller, region, service: 's3', operation: 'GetBucketAcl', input: { Bucket: bucket } })
      return region
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      const elsewhere = error.headers['x-amz-bucket-region']
      if (elsewhere !== undefined && elsewhere !== region) return readAcl(elsewhere)
      throw refusalOfBucket(bucket, error)
    }
  }
  const region = await readAcl(homeRegion)
  const series = { accountId, region: homeRegion, folder: 'CloudTrail' as const }
  const key = logFileKey(trail, series, { slotMs: 0, suffix: 'A'.repeat(16) })
  const input = objectOf({ arn: trail.arn, bucket }, key)
  const refusal = await calls.refusal({ caller, region, service: 's3', operation: 'PutObject', input })
  if (refusal) throw refusalOfBucket(bucket, refusal)
  return region
}

const refusalOfBucket = (bucket: string, { code }: ServiceError) =>
  code === 'NoSuchBucket' || code === 'InvalidBucketName' ? bucketMissing(bucket) : bucketPolicyInsufficient(bucket)

/**
 * Finds the key that files are encrypted with, and tries it.
 * @param keyId - id or ARN of a key, name or ARN of an alias.
 * @returns the ARN of the key.
 * @throws ServiceError InvalidKmsKeyIdException, KmsKeyNotFoundException, InsufficientEncryptionPolicyException, KmsException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
 */
export async function checkKey(
  calls: ServiceCalls,
  trail: Asking & Pick<Trail, 'bucket' | 'bucketRegion'>,
  keyId: string,
): Promise<string> {
  const { bucket, bucketRegion: region } = trail
  const caller = trailCaller(trail)
  const KeyId = qualifiedKey(keyId, { region, accountId: trail.accountId })
  if (parseArn(KeyId)?.region !== region) throw kmsKeyMissing(keyId, region)
  let arn = KeyId
  try {
    const call = { caller, region, service: 'kms' as const }
    const { KeyMetadata } = await calls.invoke({ ...call, operation: 'DescribeKey', input: { KeyId } })
    arn = KeyMetadata.Arn ?? KeyId
    const EncryptionContext = { 'aws:cloudtrail:arn': trail.arn }
    const input = { KeyId: arn, KeySpec: 'AES_256' as const, EncryptionContext }
    await calls.invoke({ ...call, operation: 'GenerateDataKey', input })
    return arn
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (error.code === 'NotFoundException') throw kmsKeyMissing(keyId, region)
    throw error.code === 'AccessDeniedException' ? keyPolicyInsufficient(bucket, arn) : kmsFailed(error.message)
  }
}

const keyIdForm = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/
const aliasForm = /^alias\/[\w/-]+$/

function qualifiedKey(keyId: string, { region, accountId }: { region: string; accountId: string }): string {
  if (keyIdForm.test(keyId)) return `arn:aws:kms:${region}:${accountId}:key/${keyId}`
  if (aliasForm.test(keyId)) return `arn:aws:kms:${region}:${accountId}:${keyId}`
  const arn = parseArn(keyId)
  const isKey = arn?.service === 'kms' && (aliasForm.test(arn.resource) || keyIdForm.test(arn.resource.slice(4)))
  if (!isKey) throw invalidKmsKeyId(keyId)
  return keyId
}

/** @throws ServiceError InsufficientSnsTopicPolicyException */
export async function checkTopic(calls: ServiceCalls, trail: Asking, topicArn: string): Promise<void> {
  const { region = trail.homeRegion } = parseArn(topicArn) ?? {}
  const refusal = await calls.refusal({
    ...{ caller: trailCaller(trail), region, service: 'sns', operation: 'Publish' },
    input: { TopicArn: topicArn, Message: '{}' },
  })
  if (refusal) throw topicPolicyInsufficient()
}

/**
 * Tries to use a log group as a role: makes the stream that events go to.
 * @throws ServiceError InvalidCloudWatchLogsLogGroupArnException, InvalidCloudWatchLogsRoleArnException
 */
export async function checkLogs(
  { calls, roles }: { calls: ServiceCalls; roles: RoleSessions },
  trail: Asking & Pick<Trail, 'organizationId'>,
  { groupArn, roleArn }: NonNullable<Trail['logs']>,
): Promise<void> {
  const arn = parseArn(groupArn)
  const name = /^log-group:([\w./#-]+):\*$/.exec(arn?.resource ?? '')?.[1]
  if (arn?.service !== 'logs' || name === undefined || arn.accountId !== trail.accountId) throw logGroupNotValid()
  const caller = await logsCaller(roles, trail, roleArn).catch((error) => {
    throw error instanceof ServiceError ? logsRoleNotTrusting() : error
  })
  const input = { logGroupName: name, logStreamName: logStreamName(trail, trail.accountId) }
  const call = { caller, region: arn.region, service: 'logs' as const }
  try {
    await calls.invoke({ ...call, operation: 'CreateLogStream', input })
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (error.code === 'ResourceNotFoundException') throw logGroupNotValid()
    if (error.code !== 'ResourceAlreadyExistsException') throw logsRoleDenied()
  }
  const logEvents = [{ message: '{}', timestamp: 0 }]
  if (await calls.refusal({ ...call, operation: 'PutLogEvents', input: { ...input, logEvents } }))
    throw logsRoleDenied()
}
