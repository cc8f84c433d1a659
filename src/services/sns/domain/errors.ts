import { ServiceError } from '../../../core/service-error.ts'

// Every refusal of SNS, by the name of its shape; the model gives the code on the wire. Texts without a mark are those of recorded
// answers or of AWS's documentation; those marked (U) are ours.

const invalidParameterException = 'InvalidParameterException'

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)
const forbidden = (code: string, message: string) => new ServiceError(code, 403, message)
const notFound = (message: string) => new ServiceError('NotFoundException', 404, message)

// Parameters

/** @param reason - follows the parameter's name. */
export const invalidParameter = (parameter: string, reason?: string) =>
  refusal(
    invalidParameterException,
    `Invalid parameter: ${parameter}${reason === undefined ? '' : ` Reason: ${reason}`}`,
  )

export const tooFewArnElements = (parameter: string, count: number) =>
  invalidParameter(parameter, `An ARN must have at least 6 elements, not ${count}`)

export const invalidPageToken = () => invalidParameter('NextToken')

// Topics

export const topicNotFound = () => notFound('Topic does not exist')

export const invalidTopicName = () => invalidParameter('Topic Name')

export const invalidFifoName = () =>
  invalidParameter(
    'Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.',
  )

export const topicAttributesDiffer = () =>
  invalidParameter('Attributes', 'Topic already exists with different attributes')

export const topicTagsDiffer = () => invalidParameter('Tags', 'Topic already exists with different tags')

/** (U) An attribute that needs what is not built. */
export const attributeNotBuilt = (name: string) => invalidParameter(name, 'Strongroom does not have this yet.')

export const tooManyTopics = () => forbidden('TopicLimitExceededException', 'Topic limit exceeded for this account.') // (U)

// Policies

export const invalidPolicy = (problem: string) => invalidParameter('Policy', `Policy Error: ${problem}`) // (U)

export const policyTooLong = () => invalidParameter('Policy', 'Policy exceeds the limit of 30720 bytes') // (U)

export const principalNotFound = () => invalidParameter('Policy Error: PrincipalNotFound')

export const actionOutOfScope = () => invalidParameter('Policy statement action out of service scope!')

export const statementExists = () => invalidParameter('Statement already exists')

export const statementNotFound = () => invalidParameter('Label', 'Statement does not exist') // (U)

// Tags

export const resourceNotFound = () => new ServiceError('ResourceNotFoundException', 404, 'Resource does not exist')

export const tooManyTags = () =>
  refusal('TagLimitExceededException', 'Could not complete request: tag quota of per resource exceeded')

export const tagKeyTwice = () => invalidParameter('Duplicated keys are not allowed.')

export const reservedTagKey = () => invalidParameter('Tags', 'System tags cannot be added/updated by requester') // (U)

// Subscriptions

export const subscriptionNotFound = () => notFound('Subscription does not exist')

export const notSubscriptionsOwner = () =>
  forbidden('AuthorizationErrorException', 'Not authorized to access this subscription')

export const unknownProtocol = (protocol: string) =>
  invalidParameter(`Amazon SNS does not support this protocol string: ${protocol}`)

/** (U) */
export const protocolNotBuilt = (protocol: string) =>
  invalidParameter('Protocol', `Strongroom does not deliver messages by ${protocol}.`)

export const subscriptionAttributesDiffer = () =>
  invalidParameter('Attributes', 'Subscription already exists with different attributes')

export const tooManySubscriptions = () =>
  forbidden('SubscriptionLimitExceededException', 'Subscription limit exceeded for this topic.') // (U)

export const tooManyFilterPolicies = () =>
  forbidden('FilterPolicyLimitExceededException', 'Filter policy limit exceeded.') // (U)

export const fifoQueueOnStandardTopic = () =>
  invalidParameter('Endpoint', 'FIFO SQS Queues can not be subscribed to standard SNS topics')

export const fifoTopicProtocol = (protocol: string) =>
  invalidParameter('Protocol', `FIFO topics deliver to SQS queues alone, not by ${protocol}`) // (U)

export const invalidToken = () => invalidParameter('Token')

// Messages

export const messageTooLong = () => invalidParameter('Message too long')

export const emptyMessage = () => invalidParameter('Empty message')

/** (U) A character that XML does not have. */
export const invalidMessage = () => invalidParameter('Message')

export const invalidSubject = () => invalidParameter('Subject')

export const noTarget = () => invalidParameter('TopicArn or TargetArn', 'no value for required parameter')

/** (U) */
export const onlyTopics = (parameter: string) => invalidParameter(parameter, 'Strongroom publishes to topics alone.')

export const unparsableStructure = () => invalidParameter('Message Structure - JSON message body failed to parse')

export const noDefaultEntry = () => invalidParameter('Message Structure - No default entry in JSON message body')

export const groupNeeded = () => invalidParameter('The MessageGroupId parameter is required for FIFO topics')

export const deduplicationIdNeeded = () =>
  invalidParameter(
    'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  )

export const deduplicationInStandard = () =>
  invalidParameter(
    'MessageDeduplicationId',
    'The request includes MessageDeduplicationId parameter that is not valid for this topic type',
  )

export const invalidIdCharacters = (parameter: string) =>
  invalidParameter(
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length`, // (U)
  )

export const invalidAttributeValue = (message: string) => refusal('InvalidParameterValueException', message)

// Batches

export const emptyBatch = () => refusal('EmptyBatchRequestException', "The batch request doesn't contain any entries.")

export const tooManyEntries = () =>
  refusal('TooManyEntriesInBatchRequestException', 'The batch request contains more entries than permissible.')

export const entryIdsNotDistinct = () =>
  refusal('BatchEntryIdsNotDistinctException', 'Two or more batch entries in the request have the same Id.')

export const invalidEntryId = () =>
  refusal(
    'InvalidBatchEntryIdException',
    "The Id of a batch entry in a batch request doesn't abide by the specification.",
  )

export const batchTooLong = () =>
  refusal('BatchRequestTooLongException', 'The length of all the batch messages put together is more than the limit.')

/** The code of an error as an entry of a batch has it: that of the wire, not that of the shape. */
export const codeInBatch = (code: string): string => codesOnWire[code] ?? code.replace(/Exception$/, '')

const codesOnWire: Readonly<Record<string, string>> = { InvalidParameterValueException: 'ParameterValueInvalid' }

// KMS

const kmsErrors: Readonly<Record<string, string>> = {
  AccessDeniedException: 'KMSAccessDeniedException',
  DisabledException: 'KMSDisabledException',
  KMSInvalidStateException: 'KMSInvalidStateException',
  NotFoundException: 'KMSNotFoundException',
  ThrottlingException: 'KMSThrottlingException',
}

/** Returns what KMS refused, in SNS's names. Anything else stays what it is. */
export function kmsRefusal(error: unknown): unknown {
  if (!(error instanceof ServiceError) || !Object.hasOwn(kmsErrors, error.code)) return error
  return refusal(kmsErrors[error.code] ?? error.code, error.message)
}

/** (U) The policy was changed by another call. */
export const concurrentAccess = () =>
  refusal('ConcurrentAccessException', 'The policy was changed by another request at the same time. Try again.')
