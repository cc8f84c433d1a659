import { ServiceError } from '../../../core/service-error.ts'

// Texts without a mark are those of recorded answers of the live service; those marked (U) are ours.

const validationError = (message: string) => new ServiceError('ValidationError', 400, message)
const invalidParameterValue = (message: string) => new ServiceError('InvalidParameterValue', 400, message)
const accessDenied = (message: string) => new ServiceError('AccessDenied', 403, message)

/** Returns the refusal for a role ARN of the wrong shape, and (U) for a session policy that is none of the account's. */
export const invalidArn = (arn: string) => validationError(`${arn} is invalid`)

export const durationExceedsRole = () =>
  validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')

export const durationExceedsChaining = () =>
  validationError('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.')

export const duplicateTagKeys = () =>
  invalidParameterValue('Duplicate tag keys found. Please note that Tag keys are case insensitive.')

/** (U) for STS; the text is that of other services. */
export const reservedTagKey = () =>
  invalidParameterValue('aws: prefixed tag key names are not allowed for external use.')

export const transitiveKeyNotTagged = () =>
  invalidParameterValue('The specified transitive tag key must be included in the requested tags.')

export const transitiveKeyConflict = () =>
  invalidParameterValue(
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
  )

export const tagsTooLarge = (percent: number) =>
  packedPolicyTooLarge(`Packed size of session tags consumes ${percent}% of allotted space.`)

export const policyTooLarge = (percent: number) =>
  packedPolicyTooLarge(`Packed policy consumes ${percent}% of allotted space, please use smaller policy.`)

const packedPolicyTooLarge = (message: string) => new ServiceError('PackedPolicyTooLarge', 400, message)

export const malformedPolicy = (message: string) => new ServiceError('MalformedPolicyDocument', 400, message)

/** A role that does not exist answers the same as one that does not trust the caller. */
export const notAuthorized = (callerArn: string, action: string, roleArn: string) =>
  accessDenied(`User: ${callerArn} is not authorized to perform: ${action} on resource: ${roleArn}`)

/** @param advice - what to do instead, beyond AWS's words. */
export const rootMayNotAssume = (advice?: string) =>
  accessDenied(['Roles may not be assumed by root accounts.', advice].filter(Boolean).join(' '))

/** Recorded for GetSessionToken and GetFederationToken; (U) for other operations. */
export const notWithSessionCredentials = (operation: string) =>
  accessDenied(`Cannot call ${operation} with session credentials`)

export const mfaIncomplete = () =>
  accessDenied('MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.')

/** Two spaces are AWS's. */
export const mfaDeviceUnknown = () =>
  accessDenied(
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  )

/** Returns what a service that such a session may not use at all answers. */
export const invalidClientToken = () =>
  new ServiceError('InvalidClientTokenId', 403, 'The security token included in the request is invalid.')

/** (U) No provider here issues context assertions, so none is valid. */
export const invalidContextAssertion = () =>
  new ServiceError('InvalidContextAssertion', 400, 'The context assertion provided in the request is invalid.')

/** (U) */
export const invalidAuthorizationMessage = () =>
  new ServiceError('InvalidAuthorizationMessageException', 400, 'Message is not valid')
