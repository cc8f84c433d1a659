import { ServiceError } from '../../../core/service-error.ts'

// Every refusal of Athena. Texts are those of AWS's documentation and recorded answers; those marked (U) are ours.

export const invalidRequest = (message: string, AthenaErrorCode = 'INVALID_INPUT') =>
  new ServiceError('InvalidRequestException', 400, message, { AthenaErrorCode })

export const noOutputLocation = () =>
  invalidRequest(
    'No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.',
  )
export const invalidLocation = (location: string) =>
  invalidRequest(`outputLocation is not a valid S3 path.: ${location.slice(0, 200)}`)
export const queryNotFound = (id: string) => invalidRequest(`QueryExecution ${id} was not found`)
export const workGroupNotFound = (name: string) => invalidRequest(`WorkGroup ${name} is not found.`)
export const workGroupExists = () => invalidRequest('WorkGroup is already created')
export const workGroupDisabled = (name: string) => invalidRequest(`WorkGroup ${name} is disabled.`)
export const primaryStays = () => invalidRequest('The primary workgroup cannot be deleted.')
export const workGroupNotEmpty = (name: string) => invalidRequest(`WorkGroup ${name} is not empty`)
export const notFinished = (state: string) => invalidRequest(`Query has not yet finished. Current state: ${state}`)
export const notSuccessful = (state: string) =>
  invalidRequest(`Query did not finish successfully. Final query state: ${state}`)
export const namedQueryNotFound = (id: string) => invalidRequest(`NamedQuery ${id} was not found`)
export const tokenMismatch = () => invalidRequest('Idempotent parameters do not match', 'IDEMPOTENT_PARAMETER_MISMATCH')
export const invalidToken = () => invalidRequest('NextToken is not valid.')
export const notSupported = (what: string) => invalidRequest(`${what} is not supported.`, 'NOT_SUPPORTED')
export const tooManyTags = () => invalidRequest('A resource has at most 50 tags.')
export const reservedTag = () => invalidRequest('Keys of tags must not begin with aws:.')
export const catalogNotFound = (name: string) => invalidRequest(`Data catalog ${name} was not found`)
export const preparedStatementExists = (name: string) => invalidRequest(`PreparedStatement ${name} already exists.`)

export const resourceNotFound = (what: string, ResourceName: string) =>
  new ServiceError('ResourceNotFoundException', 400, what, { ResourceName })
export const metadataError = (message: string) => new ServiceError('MetadataException', 400, message)
export const tooManyQueries = () =>
  new ServiceError(
    'TooManyRequestsException',
    400,
    'You have exceeded the limit for the number of queries you can run concurrently.',
    {
      Reason: 'CONCURRENT_QUERY_LIMIT_EXCEEDED',
    },
  )
