import { ServiceError } from '../../../core/service-error.ts'

// Every refusal of SQS. Texts without a mark are those of recorded answers or of AWS's documentation; those marked (U) are ours.
// Codes are those of the JSON protocol; `queryErrorCodes` has the names that some of them have in the query protocol.

const refusal = (code: string, message?: string) => new ServiceError(code, 400, message)
const forbidden = (code: string, message: string) => new ServiceError(code, 403, message)

/** Names of errors in the query protocol, where they are others than those of their shapes. */
export const queryErrorCodes: Readonly<Record<string, string>> = {
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  PurgeQueueInProgress: 'AWS.SimpleQueueService.PurgeQueueInProgress',
  QueueDeletedRecently: 'AWS.SimpleQueueService.QueueDeletedRecently',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
  InvalidParameterValueException: 'InvalidParameterValue',
  MissingRequiredParameterException: 'MissingParameter',
  KmsAccessDenied: 'KMS.AccessDeniedException',
  KmsDisabled: 'KMS.DisabledException',
  KmsInvalidKeyUsage: 'KMS.InvalidKeyUsageException',
  KmsInvalidState: 'KMS.InvalidStateException',
  KmsNotFound: 'KMS.NotFoundException',
  KmsOptInRequired: 'KMS.OptInRequired',
  KmsThrottled: 'KMS.ThrottlingException',
}

/** Messages of errors in the query protocol, where they are others. */
export const queryErrorMessages: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'The specified queue does not exist for this wsdl version.',
}

// Parameters

export const missingParameter = (name: string) =>
  refusal('MissingRequiredParameterException', `The request must contain the parameter ${name}.`)

export const invalidParameter = (message: string) => refusal('InvalidParameterValueException', message)

export const invalidValue = (value: unknown, parameter: string, reason: string) =>
  invalidParameter(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`)

export const invalidAddress = (url: string) =>
  refusal('InvalidAddress', `The address ${url} is not valid for this endpoint.`)

export const rateExceeded = () => refusal('ThrottlingException', 'Rate exceeded')

// Queues

export const queueNotFound = () => refusal('QueueDoesNotExist', 'The specified queue does not exist.')

export const invalidQueueName = () =>
  invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length')

export const invalidFifoName = () =>
  invalidParameter(
    'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
  )

export const queueExists = (attribute: string) =>
  refusal(
    'QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${attribute}`,
  )

export const queueTagsDiffer = () =>
  refusal('QueueNameExists', 'A queue already exists with the same name and different tags') // (U)

export const queueDeletedRecently = () =>
  refusal(
    'QueueDeletedRecently',
    'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  )

export const purgeInProgress = (name: string) =>
  forbidden('PurgeQueueInProgress', `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`)

export const unknownAttribute = (name: string) => refusal('InvalidAttributeName', `Unknown Attribute ${name}.`)

export const invalidAttribute = (name: string, reason?: string) =>
  refusal(
    'InvalidAttributeValue',
    `Invalid value for the parameter ${name}.${reason === undefined ? '' : ` Reason: ${reason}`}`,
  )

export const twoKindsOfEncryption = () =>
  refusal(
    'InvalidAttributeValue',
    'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
  )

export const invalidPageToken = () => invalidParameter('Invalid or expired next token.') // (U)

export const maxResultsNeeded = () =>
  invalidValue('null', 'MaxResults', 'MaxResults is a mandatory parameter when you provide a value for NextToken.') // (U)

// Tags

export const reservedTagKey = () =>
  invalidParameter('Tag keys can\'t start with "aws:". This prefix is reserved for AWS use.') // (U)

export const invalidTag = (reason: string) => invalidParameter(reason) // (U)

export const tooManyTags = (name: string) => invalidParameter(`Too many tags added for queue ${name}.`)

// Messages

export const messageTooLong = (limitBytes: number) =>
  invalidParameter(`One or more parameters are invalid. Reason: Message must be shorter than ${limitBytes} bytes.`)

export const emptyMessage = () => missingParameter('MessageBody')

export const invalidCharacters = () =>
  refusal(
    'InvalidMessageContents',
    'Invalid binary character was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]', // (U)
  )

export const messageNotInFlight = () => refusal('MessageNotInflight')

export const invalidHandle = () => refusal('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.')

export const handleExpired = (handle: string) =>
  invalidValue(handle, 'ReceiptHandle', 'The receipt handle has expired.')

export const messageUnavailable = (handle: string) =>
  invalidValue(handle, 'ReceiptHandle', 'Message does not exist or is not available for visibility timeout change.')

export const visibilityBeyondLimit = (seconds: number) =>
  invalidValue(
    seconds,
    'VisibilityTimeout',
    'Total VisibilityTimeout for the message is beyond the limit [43200 seconds].',
  )

export const tooManyInFlight = () => forbidden('OverLimit', 'Too many messages in flight for the queue.') // (U)

export const noDelayInFifo = (seconds: number) =>
  invalidValue(seconds, 'DelaySeconds', 'The request include parameter that is not valid for this queue type.')

export const noDeduplicationInStandard = () =>
  invalidParameter(
    'The request includes a parameter that is not valid for this queue type. Reason: MessageDeduplicationId is for FIFO queues.', // (U)
  )

export const noAttemptInStandard = () =>
  invalidParameter(
    'The request includes a parameter that is not valid for this queue type. Reason: ReceiveRequestAttemptId is for FIFO queues.', // (U)
  )

export const deduplicationIdNeeded = () =>
  invalidParameter(
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  )

// Batches

export const emptyBatch = () => refusal('EmptyBatchRequest', 'There should be at least one entry in the request.') // (U)

export const tooManyEntries = (count: number) =>
  refusal('TooManyEntriesInBatchRequest', `Maximum number of entries per request are 10. You have sent ${count}.`)

export const entryIdsNotDistinct = (id: string) => refusal('BatchEntryIdsNotDistinct', `Id ${id} repeated.`)

export const invalidEntryId = () =>
  refusal(
    'InvalidBatchEntryId',
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
  )

export const batchTooLong = (limitBytes: number, bytes: number) =>
  refusal(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${limitBytes} bytes. You have sent ${bytes} bytes.`,
  )

// Move tasks

export const taskNotFound = () => new ServiceError('ResourceNotFoundException', 404, 'Task does not exist.') // (U)

export const sourceQueueNotFound = () =>
  new ServiceError(
    'ResourceNotFoundException',
    404,
    'The resource that you specified for the SourceArn parameter does not exist.',
  )

export const destinationQueueNotFound = () =>
  new ServiceError(
    'ResourceNotFoundException',
    404,
    'The resource that you specified for the DestinationArn parameter does not exist.',
  ) // (U)

export const sourceNotDeadLetterQueue = () =>
  invalidParameter('Source queue must be configured as a Dead Letter Queue.')

export const taskAlreadyRunning = () =>
  refusal(
    'UnsupportedOperation',
    'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
  )

export const taskNotRunning = () => refusal('UnsupportedOperation', 'Only active tasks can be cancelled.')

export const otherTypeMoveTask = () =>
  refusal('UnsupportedOperation', 'The destination must be a queue of the same account and type as the source.') // (U)

// KMS

const kmsErrors: Readonly<Record<string, string>> = {
  AccessDeniedException: 'KmsAccessDenied',
  DisabledException: 'KmsDisabled',
  InvalidKeyUsageException: 'KmsInvalidKeyUsage',
  KMSInvalidStateException: 'KmsInvalidState',
  NotFoundException: 'KmsNotFound',
  ThrottlingException: 'KmsThrottled',
}

/** Returns what KMS refused, in SQS's names. Anything else stays what it is. */
export function kmsRefusal(error: unknown): unknown {
  if (!(error instanceof ServiceError) || !Object.hasOwn(kmsErrors, error.code)) return error
  return refusal(kmsErrors[error.code] ?? error.code, error.message)
}
