import { ServiceError } from '../../../core/service-error.ts'
import type { PrincipalType } from '../../../policy/language.ts'

// Texts without a mark are those of recorded answers of the live service; those marked (U) are ours.

/** What AWS calls IAM identities: what policies are attached to. */
export type IdentityNoun = 'user' | 'group' | 'role'
export type EntityNoun = IdentityNoun | 'instance-profile'

const capitalised = (noun: string) => noun.charAt(0).toUpperCase() + noun.slice(1)

const noSuchEntity = (message: string) => new ServiceError('NoSuchEntity', 404, message)
const alreadyExists = (message: string) => new ServiceError('EntityAlreadyExists', 409, message)
const deleteConflict = (message: string) => new ServiceError('DeleteConflict', 409, message)
const limitExceeded = (message: string) => new ServiceError('LimitExceeded', 409, message)
const validationError = (message: string) => new ServiceError('ValidationError', 400, message)
const invalidInput = (message: string) => new ServiceError('InvalidInput', 400, message)

export const entityNotFound = (noun: EntityNoun, name: string) =>
  noSuchEntity(
    noun === 'instance-profile'
      ? `Instance Profile ${name} cannot be found.`
      : `The ${noun} with name ${name} cannot be found.`,
  )

export const inlinePolicyNotFound = (noun: IdentityNoun, policyName: string) =>
  noSuchEntity(`The ${noun} policy with name ${policyName} cannot be found.`)

/** Returns the refusal for reading, changing, deleting and detaching a managed policy. */
export const policyNotFound = (arn: string) => noSuchEntity(`Policy ${arn} was not found.`)

/** Returns the refusal for attaching a managed policy and listing who has it. */
export const policyNotAttachable = (arn: string) => noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)

/** (U) for users and groups. */
export const serviceRolePolicy = (noun: IdentityNoun) =>
  new ServiceError(
    'PolicyNotAttachable',
    400,
    `Cannot attach a Service Role Policy to a Customer ${capitalised(noun)}.`,
  )

export const policyVersionNotFound = (arn: string, versionId: string) =>
  noSuchEntity(`Policy ${arn} version ${versionId} does not exist or is not attachable.`)

export const boundaryNotFound = (arn: string) => noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)

/** (U) */
export const noBoundary = (noun: IdentityNoun, name: string) =>
  noSuchEntity(`${capitalised(noun)} ${name} does not have a permissions boundary.`)

export const accessKeyNotFound = (accessKeyId: string) =>
  noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`)

export const loginProfileNotFound = (userName: string) =>
  noSuchEntity(`Login Profile for User ${userName} cannot be found.`)

export const passwordPolicyNotFound = (accountId: string) =>
  noSuchEntity(`The Password Policy with domain name ${accountId} cannot be found.`)

export const mfaDeviceNotFound = (serialNumber: string) =>
  noSuchEntity(`VirtualMFADevice with serial number ${serialNumber} doesn't exist.`)

export const oidcProviderNotFound = (arn: string) => noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)

/** (U) */
export const samlProviderNotFound = (arn: string) => noSuchEntity(`Manifest not found for arn ${arn}`)

export const serverCertificateNotFound = (name: string) =>
  noSuchEntity(`The Server Certificate with name ${name} cannot be found.`)

/** (U) */
export const sshPublicKeyNotFound = (id: string) => noSuchEntity(`The Public Key with id ${id} cannot be found.`)

export const credentialReportNotPresent = () =>
  new ServiceError('ReportNotPresent', 410, 'Credential report not present')

/** (U) */
export const organizationNotFound = () =>
  new ServiceError('OrganizationNotFoundException', 400, 'No organization is associated with your account.')

/** (U) */
export const notManagementAccount = () =>
  new ServiceError(
    'AccountNotManagementOrDelegatedAdministratorException',
    400,
    'The account is neither the management account of the organization nor a delegated administrator for IAM.',
  )

/** (U) */
export const organizationLacksFeatures = () =>
  new ServiceError(
    'OrganizationNotInAllFeaturesModeException',
    400,
    'The organization does not have all features enabled.',
  )

/** (U) */
export const iamHasNoTrustedAccess = () =>
  new ServiceError(
    'ServiceAccessNotEnabledException',
    400,
    'Trusted access is not enabled for IAM in Organizations: call EnableAWSServiceAccess with iam.amazonaws.com.',
  )

/** GetAccessKeyLastUsed does not tell keys of other accounts from keys that never were; AWS leaves the colon out here. */
export const accessKeyNotVisible = (callerArn: string, accessKeyId: string) =>
  new ServiceError(
    'AccessDenied',
    403,
    `User: ${callerArn} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${accessKeyId}`,
  )

/** (U) */
export const aliasNotFound = (alias: string) => noSuchEntity(`The account alias ${alias} cannot be found.`)

export const entityAlreadyExists = (noun: EntityNoun, name: string) =>
  alreadyExists(
    noun === 'instance-profile'
      ? `Instance Profile ${name} already exists.`
      : `${capitalised(noun)} with name ${name} already exists.`,
  )

export const policyAlreadyExists = (name: string) =>
  alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`)

export const aliasAlreadyExists = (alias: string) => alreadyExists(`The account alias ${alias} already exists.`)

/** @param chore - `detach all policies`, as AWS words it. */
export const mustFirst = (chore: string) => deleteConflict(`Cannot delete entity, must ${chore} first.`)

export const policyIsAttached = () => deleteConflict('Cannot delete a policy attached to entities.')

export const policyHasVersions = () =>
  deleteConflict(
    "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. " +
      'The default version is deleted with the policy.',
  )

export const isDefaultVersion = () => deleteConflict('Cannot delete the default version of a policy.')

/** @param quota - AWS's name of it: `AccessKeysPerUser`. */
export const quotaExceeded = (quota: string, limit: number) =>
  limitExceeded(`Cannot exceed quota for ${quota}: ${limit}`)

export const inlinePoliciesTooLarge = (limit: number, noun: IdentityNoun, name: string) =>
  limitExceeded(`Maximum policy size of ${limit} bytes exceeded for ${noun} ${name}`)

export const tooManyVersions = () =>
  limitExceeded(
    'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
  )

export const tooManyTags = () => limitExceeded('The number of tags has reached the maximum limit.')

/** @param member - `userName`: the request member, first letter in lower case. */
export const invalidName = (member: string) =>
  validationError(
    `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
  )

export const invalidPath = () =>
  validationError(
    'The specified value for path is invalid. ' +
      'It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  )

export const invalidPathPrefix = () =>
  validationError(
    'The specified value for pathPrefix is invalid. ' +
      'It must begin with the / character and contain only alphanumeric characters and/or / characters.',
  )

export const invalidAlias = () =>
  validationError(
    'The specified value for accountAlias is invalid. It must be a minimum length of 3 characters and maximum length of ' +
      '63 characters, contain only digits, lowercase letters, and hyphens (-), but cannot begin or end with a hyphen.',
  )

/** Returns the refusal for text of an ARN's length that is not an ARN. Two spaces are AWS's. */
export const unparsableArn = () => validationError('Invalid ARN:  Could not be parsed!')

/** Returns the refusal for an ARN of something other than what was asked for. */
export const arnNotValid = (arn: string) => validationError(`ARN ${arn} is not valid.`)

export const boundaryArnNotValid = (arn: string) => invalidInput(`ARN ${arn} is not valid.`)

export const userNameNeeded = () => validationError('Must specify userName when calling with non-User credentials')

/** (U) */
export const invalidMarker = () => validationError('Invalid Marker.')

export const duplicateTagKeys = (caseInsensitive: boolean) =>
  invalidInput(
    caseInsensitive
      ? 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'
      : 'Duplicate tag keys found.',
  )

/** (U) for IAM; the text is that of other services. */
export const reservedTagKey = () => invalidInput('aws: prefixed tag key names are not allowed for external use.')

/** (U) Only IAM itself makes roles under the path of service-linked roles. */
export const reservedPath = () => invalidInput('The path /aws-service-role/ is reserved for service-linked roles.')

export const malformedPolicy = (message: string) => new ServiceError('MalformedPolicyDocument', 400, message)

/** Returns the refusal for a principal of a trust policy that does not or cannot exist. (U) for canonical users. */
export const invalidPrincipal = (type: PrincipalType, name: string) =>
  malformedPolicy(`Invalid principal in policy: "${type.toUpperCase()}":"${name}"`)

/** (U) For arguments of a simulation that do not go together. */
export const invalidSimulation = (message: string) => invalidInput(message)

export const invalidResourceName = (name: string) =>
  invalidInput(`ResourceNames are not in a valid ARN format: ${name}.`)

/** (U) AWS documents no such limit. @param what - there is too much of. */
export const simulationTooLarge = (what: string) =>
  invalidInput(`The simulation is too large. Reduce the number or size of the ${what}.`)

/** (U) The principal of a resource policy must have a caller to be compared with. */
export const callerArnNeeded = () =>
  invalidInput('CallerArn is required with ResourcePolicy unless PolicySourceArn is the ARN of an IAM user.')

/** (U) */
export const callerArnNotUser = (arn: string) =>
  invalidInput(`Invalid CallerArn: ${arn} is not the ARN of an IAM user.`)

export const invalidEntityArn = (arn: string) =>
  invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`)
