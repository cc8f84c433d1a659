import { ServiceError } from '../../../core/service-error.ts'

// Every refusal of CloudWatch Logs. Texts without a mark are those of recorded answers or of AWS's documentation; those marked (U)
// are ours.

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)

// Parameters

export const invalidParameter = (message: string) => refusal('InvalidParameterException', message)

export const validation = (message: string) => refusal('ValidationException', message)

export const reservedName = () => invalidParameter('Log groups starting with AWS/ are reserved for AWS.')

export const bothPrefixAndPattern = () =>
  invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.')

export const bothNameAndIdentifier = () =>
  validation('LogGroup name and LogGroup ARN are mutually exclusive parameters.')

export const neitherNameNorIdentifier = () => validation('LogGroup name or LogGroup ARN must be specified.') // (U)

export const invalidToken = () => invalidParameter('The specified nextToken is invalid.')

export const invalidArn = (arn: string) => validation(`Invalid resource ARN: ${arn}`) // (U)

export const prefixWithOrder = () => invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')

export const invalidRetention = () =>
  invalidParameter(
    "1 validation error detected: Value at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: " +
      '[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]',
  ) // (U)

export const notInClass = (operation: string, logGroupClass: string) =>
  invalidParameter(`${operation} is not supported for log groups of the class ${logGroupClass}.`) // (U)

export const classNotBuilt = (logGroupClass: string) =>
  invalidParameter(`Log groups of the class ${logGroupClass} are not supported.`) // (U)

// Groups and streams

export const groupExists = () => refusal('ResourceAlreadyExistsException', 'The specified log group already exists')

export const streamExists = () => refusal('ResourceAlreadyExistsException', 'The specified log stream already exists')

export const groupNotFound = () => refusal('ResourceNotFoundException', 'The specified log group does not exist.')

export const streamNotFound = () => refusal('ResourceNotFoundException', 'The specified log stream does not exist.')

export const deletionProtected = (name: string) =>
  validation(`The log group ${name} has deletion protection enabled. Disable it before you delete the log group.`) // (U)

// Tags

export const reservedTagKey = () =>
  invalidParameter("System tags beginning with 'aws:' cannot be added, changed or removed.") // (U)

export const tooManyTags = () =>
  refusal('TooManyTagsException', 'The log group already has the maximum number of tags.') // (U)

export const tagsOfResourceTooMany = (resourceName: string) =>
  new ServiceError('TooManyTagsException', 400, 'The resource already has the maximum number of tags.', {
    resourceName,
  }) // (U)

// Events

export const notChronological = () =>
  invalidParameter('Log events in a single PutLogEvents request must be in chronological order.')

export const spansTooLong = () =>
  invalidParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.')

export const uploadTooLarge = (bytes: number, most: number) =>
  invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${most}`)

export const eventTooLarge = (bytes: number, most: number) =>
  invalidParameter(`Log event too large: ${bytes} bytes exceeds limit of ${most}`)

export const bodyTooLarge = () => invalidParameter('Upload too large: the request exceeds the limit of a batch.') // (U)

export const startAfterEnd = () => invalidParameter('The start time must not be after the end time.') // (U)

export const backwardTooEarly = () =>
  invalidParameter('startFromHead can be false only when startTime is on or after January 1, 2024 00:00:00 UTC.') // (U)

export const bothStreamsAndPrefix = () =>
  invalidParameter('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.') // (U)

export const bothStreamsAndPrefixes = () =>
  invalidParameter('logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.') // (U)

export const streamsOfSeveralGroups = () =>
  invalidParameter('Log streams can be chosen only where one log group is specified.') // (U)

export const groupArnsNeeded = () => invalidParameter('Specify each log group by its ARN.') // (U)

export const sessionTimedOut = () => refusal('SessionTimeoutException', 'The session has timed out after three hours.') // (U)

export const sessionFailed = (message = 'An internal error occurred.') => refusal('SessionStreamingException', message) // (U)

export const expressionTooSlow = () =>
  invalidParameter('The regular expression of the filter pattern takes too long. Use a simpler one.') // (U)

// The service itself

export const tooBusy = () => refusal('ThrottlingException', 'Rate exceeded')

export const tookTooLong = () =>
  new ServiceError('ServiceUnavailableException', 503, 'The service cannot complete the request.')

// Keys

export const keyNotAllowed = (groupArn: string) =>
  refusal(
    'AccessDeniedException',
    `The specified KMS key does not exist or is not allowed to be used with Arn '${groupArn}'`,
  )

export const keyNotUsable = (message: string) => invalidParameter(message)

export const invalidKeyArn = (key: string) => invalidParameter(`Invalid KMS key ARN: ${key}`) // (U)

export const bothNameAndResource = () =>
  invalidParameter('logGroupName and resourceIdentifier are mutually exclusive parameters.') // (U)

export const neitherNameNorResource = () =>
  invalidParameter('Either logGroupName or resourceIdentifier must be specified.') // (U)

export const queryResultsKeyNotBuilt = () =>
  invalidParameter('Keys for query results are not supported. Associate the key with a log group.') // (U)

// Filters and policies

export const limitExceeded = () => refusal('LimitExceededException', 'Resource limit exceeded.')

export const filterNotFound = (kind: 'metric' | 'subscription') =>
  refusal('ResourceNotFoundException', `The specified ${kind} filter does not exist.`)

export const namespaceNeeded = () => invalidParameter('metricName and metricNamespace must be specified together.') // (U)

export const notSupportedMember = (member: string) => invalidParameter(`${member} is not supported.`) // (U)

export const invalidDestination = (arn: string) => invalidParameter(`Invalid destinationArn: ${arn}`) // (U)

export const roleNeeded = (vendor: string) =>
  invalidParameter(`destinationArn for vendor ${vendor} cannot be used without roleArn`)

export const roleNotUsed = (vendor: string) =>
  invalidParameter(`destinationArn for vendor ${vendor} cannot be used with roleArn`) // (U)

export const destinationNotBuilt = (vendor: string) =>
  invalidParameter(`destinationArn for vendor ${vendor} is not supported. Use a Lambda function.`) // (U)

export const foreignDestination = () =>
  refusal('AccessDeniedException', 'The function must be in the account and Region of the log group.') // (U)

export const functionNotInvoked = () =>
  invalidParameter(
    'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
  )

export const invalidPolicy = (problem: string) => invalidParameter(`Invalid policy document: ${problem}`) // (U)

export const policyTooLarge = () => limitExceeded()

export const policyMemberNeeded = (member: string) => invalidParameter(`${member} must be specified.`) // (U)

export const policyNotFound = (name: string | undefined) =>
  refusal('ResourceNotFoundException', `Policy with name [${name ?? ''}] does not exist.`) // (U)

export const policyChanged = () => refusal('OperationAbortedException', 'The policy is not of the expected revision.') // (U)

// Queries

/** @param place - the first and last character, from 0. */
export const malformedQuery = (message: string, [startCharOffset, endCharOffset]: readonly [number, number]) =>
  new ServiceError('MalformedQueryException', 400, message, {
    queryCompileError: { location: { startCharOffset, endCharOffset }, message },
  })

export const groupsNeeded = () => validation('At least one log group must be specified.') // (U)

export const tooManyGroups = (most: number) => invalidParameter(`A query can search ${most} log groups at most.`) // (U)

export const languageNotBuilt = (language: string) =>
  invalidParameter(`The query language ${language} is not supported. Use CWLI.`) // (U)

export const queryNotFound = () => refusal('ResourceNotFoundException', 'The specified query does not exist.') // (U)

export const queryEnded = (status: string) =>
  invalidParameter(`The query has ended and cannot be stopped. Its status is ${status}.`) // (U)

export const definitionNotFound = () =>
  refusal('ResourceNotFoundException', 'The specified query definition does not exist.') // (U)

export const invalidPointer = () => invalidParameter('The specified logRecordPointer is invalid.') // (U)

export const recordNotFound = () => refusal('ResourceNotFoundException', 'The specified log record does not exist.') // (U)
