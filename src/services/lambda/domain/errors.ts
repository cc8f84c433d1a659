import { ServiceError } from '../../../core/service-error.ts'
import { quotas } from './quotas.ts'

// Every refusal of Lambda, with the status of its shape. Texts without a mark are those of recorded answers or of AWS's
// documentation; those marked (U) are confirmed by none, or ours where AWS refuses no such thing.

const invalidParameter = (message: string) => new ServiceError('InvalidParameterValueException', 400, message)
const notFound = (message: string) => new ServiceError('ResourceNotFoundException', 404, message)
const conflict = (message: string) => new ServiceError('ResourceConflictException', 409, message)
const tooLarge = (message: string) => new ServiceError('RequestEntityTooLargeException', 413, message)
const invalidContent = (message: string) => new ServiceError('InvalidRequestContentException', 400, message)

// Functions, versions and aliases

/** @param arn - of what was asked for, with its qualifier. */
export const functionNotFound = (arn: string) => notFound(`Function not found: ${arn}`)

export const functionExists = (name: string) => conflict(`Function already exist: ${name}`)

export const functionOfOtherRegion = (region: string, here: string) =>
  notFound(`Functions from '${region}' are not reachable in this region ('${here}')`)

export const qualifiersDiffer = () =>
  invalidParameter('The derived qualifier from the function name does not match the specified qualifier.')

/** (U) */
export const qualifierNotAllowed = () =>
  invalidParameter('This operation acts on a function as a whole: name it without a version or an alias.')

/** (U) For names that do not name a function once account and qualifier are taken away. */
export const invalidFunctionName = (name: string) => invalidParameter(`${name} is not a valid function name.`)

/** Returns the refusal in the form of the model's constraints, whose limit of 140 is that of an ARN. */
export const functionNameTooLong = (name: string) =>
  new ServiceError(
    'ValidationException',
    400,
    `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  )

export const aliasNotFound = (arn: string) => notFound(`Cannot find alias arn: ${arn}`)

/** The same as UpdateAlias words it. */
export const aliasToUpdateNotFound = (arn: string) => notFound(`Alias not found: ${arn}`)

export const aliasExists = (arn: string) => conflict(`Alias already exists: ${arn}`)

export const latestNotDeletable = () =>
  invalidParameter('$LATEST version cannot be deleted without deleting the function.')

/** (U) For DeleteFunction with an alias for its qualifier. */
export const aliasNotDeletable = () => invalidParameter('Deletion of aliases is not currently supported.')

/** @param aliases - names; AWS writes this list with brackets. */
export const versionHasAliases = (aliases: readonly string[]) =>
  conflict(`Unable to delete version because the following aliases reference it: [${aliases.join(', ')}]`)

export const tooManyWeights = () =>
  invalidParameter('Number of items in AdditionalVersionWeights cannot be greater than 1')

export const weightOfOwnVersion = (version: string) =>
  invalidParameter(
    `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
  )

export const weightsOfLatest = () =>
  invalidParameter('$LATEST is not supported for an alias pointing to more than 1 version')

export const updateInProgress = (arn: string) =>
  conflict(`The operation cannot be performed at this time. An update is in progress for resource: ${arn}`)

export const revisionMismatch = () =>
  new ServiceError(
    'PreconditionFailedException',
    412,
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
  )

export const codeDigestMismatch = (given: string, actual: string) =>
  invalidParameter(
    `CodeSHA256 (${given}) is different from current CodeSHA256 in $LATEST (${actual}). Please try again with the CodeSHA256 in $LATEST.`,
  )

// Configuration

export const unknownRuntime = (runtime: string, known: readonly string[]) =>
  invalidParameter(
    `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${known.join(', ')}] or be a valid ARN`,
  )

/** (U) The runtimes of AWS that this server has no interpreter for. */
export const runtimeNotSupported = (runtime: string, known: readonly string[]) =>
  invalidParameter(`Strongroom does not run ${runtime}; it runs ${known.join(', ')}.`)

/** (U) @param reason - why, and what to do about it. */
export const functionsRefused = (runtime: string, reason: string) =>
  invalidParameter(`${runtime} functions do not run here: ${reason}`)

/** (U) For what AWS offers and this server does not. @param feature - `Layers`. */
export const notSupportedYet = (feature: string) => invalidParameter(`Strongroom does not support ${feature} yet.`)

export const handlerNeeded = () =>
  invalidParameter('Runtime and Handler are mandatory parameters for functions created with deployment packages.')

export const roleNotAssumable = () => invalidParameter('The role defined for the function cannot be assumed by Lambda.')

/** The same at invocation, when the role was changed or deleted since. */
export const roleNoLongerAssumable = () =>
  new ServiceError('AccessDeniedException', 403, 'The role defined for the function cannot be assumed by Lambda.')

export const reservedVariables = (names: readonly string[]) =>
  invalidParameter(
    `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${names.join(', ')}`,
  )

/** AWS quotes the variables here; this does not, because they may be secrets. */
export const variablesTooLarge = () =>
  invalidParameter(
    `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the ${quotas.environmentBytes / 1024}KB limit.`,
  )

/** @param cause - KMS's refusal of the operation. */
export const keyNotUsable = (cause: ServiceError, operation: string) =>
  invalidParameter(
    `Lambda was unable to configure access to your environment variables because the KMS key is invalid for ${operation}. Please check your KMS key settings. KMS Exception: ${cause.code} KMS Message: ${cause.message}`,
  )

/** (U) No process takes a variable with a NUL in it. */
export const variableNotText = (name: string) =>
  invalidParameter(`The environment variable ${name} has a NUL character in its value.`)

export const memoryOutOfRange = () =>
  invalidParameter(
    `'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to ${quotas.maxMemoryMegabytes}`,
  )

// Code

export const codeNeeded = () => invalidParameter('Please provide a source for function code.')

export const oneCodeSource = () =>
  invalidParameter('Please do not provide other FunctionCode parameters when providing a ZipFile.')

export const zippedTooLarge = () => tooLarge(`Zipped size must be smaller than ${quotas.zippedBytes} bytes`)

export const unzippedTooLarge = () =>
  invalidParameter(`Unzipped size must be smaller than ${quotas.unzippedBytes} bytes`)

export const requestTooLarge = (operation: string, limitBytes: number) =>
  tooLarge(`Request must be smaller than ${limitBytes} bytes for the ${operation} operation`)

export const couldNotUnzip = () =>
  invalidParameter('Could not unzip uploaded file. Please check your file, then try to upload again.')

/** AWS's answer to an object that is not there; there is no S3 behind this server yet, so that none is. */
export const objectNotFound = () =>
  invalidParameter(
    'Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist',
  )

export const codeStorageExceeded = () =>
  new ServiceError('CodeStorageExceededException', 400, 'Code storage limit exceeded.')

// Permissions

export const statementExists = (id: string) =>
  conflict(
    `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
  )

export const principalInvalid = () =>
  invalidParameter('The provided principal was invalid. Please check the principal and try again.')

/** No request of AddPermission leads to this: the service model limits what a statement is made of. */
export const statementMalformed = (problem: string) => invalidParameter(problem)

export const noPolicyForLatest = () => invalidParameter('We currently do not support adding policies for $LATEST.')

/** Returns the refusal for RemovePermission; GetPolicy says that the resource is missing. */
export const noPolicy = () => notFound('No policy is associated with the given resource.')

export const statementNotFound = (id: string) => notFound(`Statement ${id} is not found in resource policy.`)

export const policyTooLarge = (bytes: number) =>
  new ServiceError(
    'PolicyLengthExceededException',
    400,
    `The final policy size (${bytes}) is bigger than the limit (${quotas.policyBytes}).`,
  )

// Invocation

/** AWS goes on with what its parser says, which this does not. */
export const payloadNotJson = () =>
  invalidContent('Could not parse request body into json: Could not parse payload into json')

export const payloadNotUtf8 = () =>
  invalidContent('Could not parse request body into json: Could not parse payload into json: Invalid UTF-8')

export const clientContextInvalid = () => invalidContent('Client context must be a valid Base64-encoded JSON object.')

export const payloadTooLarge = (bytes: number, type: string, limitBytes: number) =>
  new ServiceError(
    'RequestTooLargeException',
    413,
    `${bytes} byte payload is too long for the ${type} invocation type (limit ${limitBytes} bytes)`,
  )

/** @param reserved - the function's own limit was met, not the account's. */
export const tooManyInvocations = (reserved: boolean) =>
  new ServiceError('TooManyRequestsException', 429, 'Rate Exceeded.', {
    Reason: reserved ? 'ReservedFunctionConcurrentInvocationLimitExceeded' : 'ConcurrentInvocationLimitExceeded',
  })

/** Returns the refusal for an event that finds as much before it as may wait for a function. */
export const eventQueueFull = () =>
  new ServiceError('TooManyRequestsException', 429, 'Rate Exceeded.', { Reason: 'FunctionInvocationRateLimitExceeded' })

export const unreservedTooLow = () =>
  invalidParameter(
    `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${quotas.minUnreservedConcurrency}].`,
  )

/**
 * Returns why the environment variables of a function could not be read. AWS leaves out the blank after KMS's code.
 * @param cause - KMS's refusal.
 */
export function environmentNotReadable(cause: ServiceError): ServiceError {
  const [code, reason] = environmentRefusals[cause.code] ?? ['KMSAccessDeniedException', 'KMS access was denied']
  return new ServiceError(
    code,
    502,
    `Lambda was unable to decrypt the environment variables because ${reason}. Please check the function's KMS key settings. KMS Exception: ${cause.code}KMS Message: ${cause.message}`,
  )
}

const environmentRefusals: Record<string, readonly [code: string, reason: string]> = {
  AccessDeniedException: ['KMSAccessDeniedException', 'KMS access was denied'],
  DisabledException: ['KMSDisabledException', 'the KMS key used is disabled'],
  KMSInvalidStateException: ['KMSInvalidStateException', 'the state of the KMS key used is not valid for Decrypt'],
  NotFoundException: ['KMSNotFoundException', 'the KMS key was not found'],
}

/** (U) For an invocation that the end of the server cut short. */
export const invocationInterrupted = () =>
  new ServiceError('ServiceException', 500, 'The invocation was cut short: the server is stopping. Try again later.')

// What no function and no account here has

/** Returns the refusal for what is asked for by itself: a policy, a layer version, an event source mapping, a function's URL. */
export const resourceMissing = () => notFound('The resource you requested does not exist.')

/** @param arn - qualified, with $LATEST where the request has no qualifier. */
export const noEventInvokeConfig = (arn: string) => notFound(`The function ${arn} doesn't have an EventInvokeConfig`)

/** (U) */
export const noProvisionedConcurrency = () =>
  new ServiceError(
    'ProvisionedConcurrencyConfigNotFoundException',
    404,
    'No Provisioned Concurrency Config found for this function',
  )

/** (U) That of the operation that would make such a configuration. */
export const provisionedConcurrencyOfLatest = () =>
  invalidParameter('Provisioned Concurrency Configs cannot be applied to unpublished function versions.')

/** (U) */
export const codeSigningConfigNotFound = (arn: string) => notFound(`Code signing configuration not found: ${arn}`)

// Tags

export const tooManyTags = () => invalidParameter('Number of tags exceeds resource tag limit.')

export const tagsOfQualified = () =>
  invalidParameter('Tags on function aliases and versions are not supported. Please specify a function ARN.')

/** (U) */
export const tagsInvalid = (reason: string) => invalidParameter(reason)

// Lists

/** (U) */
export const invalidMarker = () => invalidParameter('Invalid Marker')
