import { ServiceError } from '../../../core/service-error.ts'
import { quotas } from './quotas.ts'

// Every refusal of Secrets Manager. Texts without a mark are those of recorded answers or of AWS's documentation; those
// marked (U) are ours.

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)

const notFound = (message: string) => refusal('ResourceNotFoundException', message)
const exists = (message: string) => refusal('ResourceExistsException', message)
const invalidParameter = (message: string) => refusal('InvalidParameterException', message)
const invalidRequest = (message: string) => refusal('InvalidRequestException', message)
const limitExceeded = (message: string) => refusal('LimitExceededException', message)
const malformedPolicy = (message: string) => refusal('MalformedPolicyDocumentException', message)
const accessDenied = (message: string) => refusal('AccessDeniedException', message)

// Names

export const invalidName = () =>
  refusal(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  )

export const secretNotFound = () => notFound("Secrets Manager can't find the specified secret.")

export const secretExists = (name: string) => exists(`The operation failed because the secret ${name} already exists.`)

export const nameScheduledForDeletion = () =>
  invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.")

/** (U) */
export const tooManySecrets = () => limitExceeded(`An account has at most ${quotas.secrets} secrets in a Region.`)

// States

export const markedForDeletion = () =>
  invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")

export const notOnReplica = () =>
  invalidParameter("Operation not permitted on a replica secret. Call must be made in primary secret's region.")

/** (U) as to the code. */
export const managedByService = () =>
  invalidRequest('This secret is managed by an AWS service, and you must use that service to update it.')

// Values and versions

const tokenNeeded = 'You must provide a ClientRequestToken value. We recommend a UUID-type value.'

export const valueTokenNeeded = () => invalidRequest(tokenNeeded)

export const rotationTokenNeeded = () => invalidParameter(tokenNeeded)

/** (U) For text that cannot be stored: it has a zero character or an unpaired surrogate. */
export const tokenNotText = () => invalidParameter('The ClientRequestToken is not valid Unicode text.')

export const twoValues = () =>
  invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")

/** The text of the gateway's constraint validation, which never shows this value. */
export const secretStringTooLong = (maxBytes: number) =>
  refusal(
    'ValidationException',
    "1 validation error detected: Value at 'secretString' failed to satisfy constraint: " +
      `Member must have length less than or equal to ${maxBytes}`,
  )

/** (U) For text with unpaired surrogates: it has no UTF-8 form. */
export const valueNotText = () => invalidParameter('The SecretString is not valid Unicode text.')

/** (U) */
export const noValue = () => invalidRequest('You must provide either SecretString or SecretBinary.')

export const tokenInUse = (token: string, arn: string) =>
  exists(
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  )

export const labelNotFound = (label: string) =>
  notFound(`Secrets Manager can't find the specified secret value for staging label: ${label}`)

export const versionNotFound = (versionId: string) =>
  notFound(`Secrets Manager can't find the specified secret value for VersionId: ${versionId}`)

export const labelNotOnVersion = () =>
  invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.')

/** (U) */
export const tooManyLabels = () => limitExceeded(`A secret has at most ${quotas.labels} staging labels.`)

/** (U) */
export const tooManyVersions = () =>
  limitExceeded('The secret has too many versions. Versions younger than 24 hours are not removed.')

/** (U) */
export const currentNotRemovable = () =>
  invalidParameter(
    "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
  )

export const removeFromNeeded = (label: string, versionId: string) =>
  invalidParameter(
    `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ` +
      `${versionId}, so you must explicitly reference that version in RemoveFromVersionId.`,
  )

/** (U) */
export const labelNotAttached = (label: string, versionId: string) =>
  invalidParameter(`Staging label ${label} is currently not attached to version ${versionId}.`)

/** (U) */
export const nothingToMove = () =>
  invalidParameter('You must provide at least one of MoveToVersionId and RemoveFromVersionId.')

// Encryption

/** (U) */
export const encryptionFailure = () =>
  refusal('EncryptionFailure', "Secrets Manager can't encrypt the protected secret text using the provided KMS key.")

/** (U) */
export const decryptionFailure = () =>
  refusal('DecryptionFailure', "Secrets Manager can't decrypt the protected secret text using the provided KMS key.")

export const kmsDenied = () => accessDenied('Access to KMS is not allowed')

export const asymmetricKey = () => invalidParameter('Cannot generate a data key with an asymmetric KMS key')

export const foreignDefaultKey = () =>
  invalidRequest(
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
  )

// Deletion

export const windowOutOfRange = () =>
  invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).')

/** (U) */
export const windowAndForce = () =>
  invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")

/** @param regions - in order. */
export const replicasLeft = (arn: string, regions: readonly string[]) =>
  invalidParameter(`You can't delete secret ${arn} that still has replica regions [${regions.join(', ')}].`)

// Tags

/** (U) */
export const reservedTagKey = () => invalidParameter('Tag keys that begin with aws: are reserved for AWS use.')

/** (U) */
export const duplicateTagKey = (key: string) => invalidParameter(`The tag key ${key} is given more than once.`)

/** (U) */
export const tagKeyMissing = () => invalidParameter('Each tag must have a Key.')

/** (U) */
export const tooManyTags = () => invalidParameter(`A secret has at most ${quotas.tags} tags.`)

// Lists

export const invalidNextToken = () => refusal('InvalidNextTokenException', 'The NextToken value is invalid.')

/** (U) */
export const filterWithoutKey = () => invalidParameter('Invalid filter key')

/** (U) */
export const filterWithoutValues = (key: string) => invalidParameter(`Invalid filter values for key: ${key}`)

export const idsOrFilters = () => invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")

/** (U) */
export const pagesNeedFilters = (member: 'MaxResults' | 'NextToken') =>
  invalidParameter(`'Filters' not specified. 'Filters' must also be specified when '${member}' is provided.`)

// Random passwords

/** (U) */
export const passwordTooShort = (length: number, classes: number) =>
  invalidParameter(
    `The password length ${length} is too short: it cannot hold one of each of the ${classes} required character types.`,
  )

/** (U) */
export const passwordTypeEmpty = () =>
  invalidParameter('The excluded characters leave nothing of a character type that is required.')

/** (U) */
export const passwordWithoutCharacters = () => invalidParameter('The exclusions leave no characters to choose from.')

// Resource policies

export const publicPolicy = () =>
  refusal('PublicPolicyException', "You can't attach a resource-based policy that allows broad access to the secret.")

export const policySyntax = () => malformedPolicy('This resource policy contains a syntax error.')

export const policyPrincipalUnknown = () => malformedPolicy('This resource policy contains an unsupported principal.')

export const policyServiceUnknown = () => malformedPolicy('This resource policy contains an invalid service principal.')

// Rotation

export const scheduleGivenTwice = () =>
  invalidParameter('You cannot specify both rotation frequency and schedule expression together.')

/** (U) */
export const scheduleInvalid = (reason: string) => invalidParameter(reason)

export const noRotationFunction = () =>
  invalidRequest('No Lambda rotation function ARN is associated with this secret.')

/** (U) */
export const rotationNotConfigured = () => invalidRequest('Rotation is not configured for this secret.')

export const previousRotationIncomplete = () =>
  invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.")

export const functionNotInvocable = () =>
  accessDenied(
    'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the ' +
      'principal secretsmanager.amazonaws.com.',
  )

/** (U) */
export const rotationTokenUnknown = () =>
  invalidParameter('The RotationToken does not belong to a rotation of this secret.')

// Replication

export const invalidReplicaRegion = () => invalidParameter('Invalid replica region.')

/** (U) */
export const notAReplica = () => invalidParameter('The secret is not a replica: there is no replication to stop.')

// What AWS offers and this server does not

/** (U) */
export const externalSecretsNotSupported = (member: string) =>
  invalidParameter(`Strongroom does not support managed external secrets, so ${member} must not be specified.`)
