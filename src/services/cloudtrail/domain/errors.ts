import { ServiceError } from '../../../core/service-error.ts'

// AWS publishes these exceptions without their texts; the texts are ours.

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)

export const tooManyLookupAttributes = (count: number) =>
  refusal('InvalidLookupAttributesException', `You can specify only one lookup attribute; ${count} were specified.`)

export const unknownLookupAttribute = (key: string, known: readonly string[]) =>
  refusal(
    'InvalidLookupAttributesException',
    `The lookup attribute key ${key} is not valid. Specify one of these: ${known.join(', ')}.`,
  )

export const invalidLookupValue = (limit: number) =>
  refusal(
    'InvalidLookupAttributesException',
    `The value of a lookup attribute must have 1 to ${limit} characters; underscores, spaces, commas and line breaks count twice.`,
  )

export const invalidTimeRange = () =>
  refusal(
    'InvalidTimeRangeException',
    'The start time and the end time must be times, and the start must not be after the end.',
  )

export const invalidMaxResults = (limit: number) =>
  refusal('InvalidMaxResultsException', `The maximum number of results must be from 1 to ${limit}.`)

export const invalidEventCategory = () =>
  refusal('InvalidEventCategoryException', 'The event category is not valid. The only valid value is insight.')

/** Returns the refusal for a token that was altered, given to another lookup, or given too long ago. */
export const invalidNextToken = () =>
  refusal('InvalidNextTokenException', 'The token is not valid for this lookup, or it has expired.')

export const rateExceeded = () => refusal('ThrottlingException', 'Rate exceeded')

/** The texts of names are AWS's. */
export const trailNameInvalid = (message: string) => refusal('InvalidTrailNameException', message)

export const trailArnInvalid = (arn: string) =>
  refusal('CloudTrailARNInvalidException', `The ARN ${arn} is not the ARN of a trail.`)

/** The text is AWS's. */
export const trailNotFound = (nameOrArn: string, accountId: string) =>
  refusal('TrailNotFoundException', `Unknown trail: ${nameOrArn} for the user: ${accountId}`)

/** Texts of the refusals of trails, their destinations and their changes are AWS's, but for those that say otherwise. */
export const multiRegionNeedsGlobalEvents = () =>
  refusal('InvalidParameterCombinationException', 'Multi-Region trail must include global service events.')

export const trailExists = (name: string, accountId: string) =>
  refusal('TrailAlreadyExistsException', `Trail ${name} already exists for customer: ${accountId}`)

export const tooManyTrails = (accountId: string, region: string, most: number) =>
  refusal('MaximumNumberOfTrailsExceededException', `User: ${accountId} already has ${most} trails in ${region}.`)

/** The text is ours. */
export const notInHomeRegion = (arn: string, region: string) =>
  refusal('InvalidHomeRegionException', `Trail ${arn} can only be modified from its home region ${region}.`)

/** The text is ours. */
export const invalidBucketName = (name: string) =>
  refusal(
    'InvalidS3BucketNameException',
    `Bucket name ${name} is not valid: use 3 to 63 characters of a-z, 0-9, - and .`,
  )

/** The text is ours. */
export const invalidPrefix = () =>
  refusal('InvalidS3PrefixException', 'The S3 key prefix must have at most 200 characters and no control characters.')

export const bucketMissing = (bucket: string) =>
  refusal('S3BucketDoesNotExistException', `S3 bucket ${bucket} does not exist!`)

export const bucketPolicyInsufficient = (bucket: string) =>
  refusal('InsufficientS3BucketPolicyException', `Incorrect S3 bucket policy is detected for bucket: ${bucket}`)

/** The text is ours. */
export const invalidTopicName = (name: string) =>
  refusal('InvalidSnsTopicNameException', `SNS topic name ${name} is not valid: use the name or the ARN of a topic.`)

export const topicPolicyInsufficient = () =>
  refusal('InsufficientSnsTopicPolicyException', 'SNS Topic does not exist or the topic policy is incorrect!')

/** The text is ours. */
export const invalidKmsKeyId = (id: string) =>
  refusal(
    'InvalidKmsKeyIdException',
    `KMS key ${id} is not valid: use a key ID, a key ARN, an alias name or an alias ARN.`,
  )

/** The text is ours. */
export const kmsKeyMissing = (id: string, bucketRegion: string) =>
  refusal('KmsKeyNotFoundException', `KMS key ${id} was not found in ${bucketRegion}, the Region of the S3 bucket.`)

export const keyPolicyInsufficient = (bucket: string, keyArn: string) =>
  refusal(
    'InsufficientEncryptionPolicyException',
    `Insufficient permissions to access S3 bucket ${bucket} or KMS key ${keyArn}.`,
  )

export const kmsFailed = (message: string) => refusal('KmsException', message)

export const roleAndGroupNeeded = () =>
  refusal('InvalidCloudWatchLogsRoleArnException', 'You must specify a role ARN as well as a log group.')

export const logGroupNotValid = () =>
  refusal('InvalidCloudWatchLogsLogGroupArnException', 'CloudTrail cannot validate the specified log group ARN.')

export const logsRoleDenied = () =>
  refusal('InvalidCloudWatchLogsLogGroupArnException', 'Access denied. Check the permissions for your role.')

export const logsRoleNotTrusting = () =>
  refusal('InvalidCloudWatchLogsRoleArnException', 'Access denied. Check the trust relationships for your role.')

/** The texts of AWS are not known. */
export const unknownKeysToken = () =>
  refusal('InvalidTokenException', 'The token is not one that a list of public keys returned.')

/** The texts of refusals about organizations are ours. */
export const noOrganization = () =>
  refusal('OrganizationsNotInUseException', 'The account is in no organization: create one, or join one.')

export const featuresMissing = () =>
  refusal('OrganizationNotInAllFeaturesModeException', 'The organization must have all features enabled.')

export const notOrganizationAdministrator = () =>
  refusal(
    'NotOrganizationMasterAccountException',
    'Only the management account of the organization, or a delegated administrator of CloudTrail, can do this.',
  )

export const notManagementAccount = () =>
  refusal(
    'NotOrganizationManagementAccountException',
    'Only the management account of the organization can register and deregister delegated administrators.',
  )

export const trustedAccessMissing = () =>
  refusal(
    'CloudTrailAccessNotEnabledException',
    'Trusted access for cloudtrail.amazonaws.com is not enabled: call EnableAWSServiceAccess of Organizations.',
  )

export const cannotDelegateManagement = () =>
  refusal('CannotDelegateManagementAccountException', 'The management account cannot be a delegated administrator.')

export const accountNotFound = (message: string) => refusal('AccountNotFoundException', message)

export const accountRegistered = (message: string) => refusal('AccountRegisteredException', message)

export const accountNotRegistered = (message: string) => refusal('AccountNotRegisteredException', message)

export const tooManyAdministrators = (message: string) =>
  refusal('DelegatedAdminAccountLimitExceededException', message)

export const dependencyDenied = (message: string) =>
  refusal('InsufficientDependencyServiceAccessPermissionException', message)

export const insightsNotEnabled = (name: string) =>
  refusal(
    'InsightNotEnabledException',
    `Trail ${name} does not have Insights enabled. Edit the trail settings to enable Insights, and then try the operation again.`,
  )

/** The text is ours. */
export const invalidInsightSelectors = (message: string) => refusal('InvalidInsightSelectorsException', message)

export const invalidParameter = (message: string) => refusal('InvalidParameterException', message)

export const invalidTags = (message: string) => refusal('InvalidTagParameterException', message)

export const tooManyTags = (most: number) =>
  refusal('TagsLimitExceededException', `The number of tags per resource is limited to ${most}.`)

export const resourceTypeNotSupported = (arn: string) =>
  refusal('ResourceTypeNotSupportedException', `The resource ${arn} is not of a type that this operation supports.`)

export const invalidEventSelectors = (message: string) => refusal('InvalidEventSelectorsException', message)

export const eventDataStoreArnInvalid = (text: string) =>
  refusal('EventDataStoreARNInvalidException', `${text} is not the ARN of an event data store.`)

export const eventDataStoreNotFound = (arn: string) =>
  refusal('EventDataStoreNotFoundException', `The event data store ${arn} was not found.`)

export const channelArnInvalid = (text: string) =>
  refusal('ChannelARNInvalidException', `${text} is not the ARN of a channel.`)

export const channelNotFound = (arn: string) => refusal('ChannelNotFoundException', `The channel ${arn} was not found.`)

export const resourceNotFound = (name: string) => refusal('ResourceNotFoundException', `${name} was not found.`)

export const importNotFound = (id: string) => refusal('ImportNotFoundException', `The import ${id} was not found.`)

export const trailAndStoreTogether = () =>
  refusal('InvalidParameterCombinationException', 'Specify TrailName or EventDataStore, not both.')

export const trailOrStoreNeeded = () => refusal('InvalidParameterException', 'Specify TrailName or EventDataStore.')

/** Returns the refusal for a list that has nothing and so gave no token. */
export const noSuchToken = () => refusal('InvalidNextTokenException', 'The token is not one that this list gave.')
