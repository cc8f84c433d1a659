import { type InnerCallRefused, ServiceError } from '../../../core/service-error.ts'
import { quotas } from './quotas.ts'

// Every refusal of Parameter Store. All client faults are sent with 400.
// Texts without a mark are those of recorded answers or of AWS's documentation; those marked (U) are ours.

const refusal = (code: string, message?: string, members?: Record<string, unknown>) =>
  new ServiceError(code, 400, message, members)

const validation = (message: string) => refusal('ValidationException', message)
const accessDenied = (message: string) => refusal('AccessDeniedException', message)

// Names

export const rootNameReserved = () =>
  validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).')

export const nameMalformed = () =>
  validation(
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths ' +
      'divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
  )

export const nameReserved = (name: string) => accessDenied(`No access to reserved parameter name: ${name}.`)

export const nameNotQualified = () => validation('Parameter name must be a fully qualified name')

/** (U) */
export const nameTooLong = () =>
  validation(`Parameter name: the ARN of the parameter can have at most ${quotas.arnCharacters} characters.`)

export const tooManyLevels = () =>
  refusal(
    'HierarchyLevelLimitExceededException',
    `A hierarchy can have a maximum of ${quotas.levels} levels. For more information, see About requirements and ` +
      'constraints for parameter names in the AWS Systems Manager User Guide.',
  )

export const pathMalformed = () =>
  validation(
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash " +
      '"/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or ' +
      'the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All ' +
      'sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
  )

// Existence

/** AWS sends no text. */
export const parameterNotFound = () => refusal('ParameterNotFound')

export const versionNotFound = (selector: string | number, name: string) =>
  refusal(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
  )

export const parameterExists = () =>
  refusal(
    'ParameterAlreadyExists',
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  )

/** Returns what was decided before the value was matched and encrypted has been changed by another request. */
export const tooManyUpdates = () =>
  refusal('TooManyUpdates', 'There are concurrent updates for a resource that supports one update at a time.')

// Types and values

export const typeMissing = () => validation('A parameter type is required when you create a parameter.')

export const typeChanged = () =>
  refusal(
    'HierarchyTypeMismatchException',
    "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a " +
      'parameter from a String type to a SecureString type. You must create a new, unique parameter.',
  )

/** (U) */
export const keyWithoutSecret = () => validation('KeyId is required for SecureString type parameter only.')

export const valueNests = () =>
  validation('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.')

export const dataTypeUnknown = (dataType: string) =>
  validation(`The following data type is not supported: ${dataType} (Data type names are all lowercase.)`)

/** (U) */
export const dataTypeNotForType = (dataType: string, type: string) =>
  validation(`The ${dataType} data type is not supported for the following input type: ${type}`)

/** (U) */
export const imageIdMalformed = () =>
  validation('The value of a parameter of data type aws:ec2:image must be the ID of an AMI: ami-12345abcdeEXAMPLE.')

/** (U) */
export const integrationMalformed = () =>
  validation(
    'A parameter of data type aws:ssm:integration must have a name under the path reserved for integrations, and a ' +
      'value that is a JSON object with a url.',
  )

/** (U) */
export const imageValidationRunning = (name: string) =>
  validation(`The validation of the value of ${name} is still in process. Try again later.`)

export const patternInvalid = () =>
  refusal('InvalidAllowedPatternException', "The request doesn't meet the regular expression requirement.")

export const patternMismatch = (pattern: string) =>
  refusal(
    'ParameterPatternMismatchException',
    `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
  )

// Tiers and limits

export const standardValueTooLarge = () =>
  validation(
    `Standard tier parameters support a maximum parameter value of ${quotas.standardValueBytes} characters. To create a ` +
      'larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see ' +
      'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
  )

export const advancedValueTooLarge = () =>
  validation(
    'The specified parameter value is too large. Advanced-tier parameters support a maximum parameter value of ' +
      `${quotas.advancedValueBytes} characters.`,
  )

export const downgradeRefused = () =>
  validation(
    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier " +
      'to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard ' +
      'parameter.',
  )

export const tooManyStandard = () =>
  refusal(
    'ParameterLimitExceeded',
    'You have reached the maximum number of standard parameters for this AWS account and Region ' +
      `(${quotas.standardParameters}). To add more parameters, either delete existing parameters or upgrade to the ` +
      'advanced-parameter tier (charges apply).',
  )

/** (U) */
export const tooManyAdvanced = () =>
  refusal(
    'ParameterLimitExceeded',
    'You have reached the maximum number of advanced parameters for this AWS account and Region ' +
      `(${quotas.advancedParameters}). To add more parameters, delete existing parameters.`,
  )

export const oldestVersionLabelled = (name: string, version: number) =>
  refusal(
    'ParameterMaxVersionLimitExceeded',
    `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ` +
      `${version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to ` +
      'another version of the parameter, and try again.',
  )

export const tooManyLabels = () =>
  refusal(
    'ParameterVersionLabelLimitExceeded',
    'A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.',
  )

// Tags

export const tagsWithOverwrite = () =>
  validation(
    "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove " +
      'overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.',
  )

export const tooManyTags = () =>
  refusal(
    'TooManyTagsError',
    'The Targets parameter includes too many tags. Remove one or more tags and try the command again.',
  )

/** (U) */
export const tagKeyReserved = () => validation('Tag keys that begin with aws: are reserved.')

/** (U) */
export const tagKeyTwice = (key: string) => validation(`The tag key ${key} is given more than once.`)

export const resourceIdInvalid = () =>
  refusal('InvalidResourceId', "The resource ID isn't valid. Verify that you entered the correct ID and try again.")

// Filters

export const bothFilterKinds = () => validation('You can use either Filters or ParameterFilters in a single request.')

export const filterTwice = (key: string) =>
  validation(
    `The following filter is duplicated in the request: ${key}. A request can contain only one occurrence of a specific ` +
      'filter.',
  )

export const filterKeyInvalid = (key: string, valid: readonly string[]) =>
  refusal(
    'InvalidFilterKey',
    `The following filter key is not valid: ${key}. Valid filter keys include: [${valid.join(', ')}].`,
  )

export const filterOptionInvalid = (option: string, valid: readonly string[]) =>
  refusal(
    'InvalidFilterOption',
    `The following filter option is not valid: ${option}. Valid options include: [${valid.join(', ')}].`,
  )

export const filterValuesMissing = (key: string) =>
  refusal('InvalidFilterValue', `The following filter values are missing : null for filter key ${key}.`)

export const filterValueInvalid = (value: string, valid: readonly string[]) =>
  validation(`The following filter value is not valid: ${value}. Valid values include: [${valid.join(', ')}].`)

export const filterNamespaceReserved = () =>
  validation(
    'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global ' +
      'parameters, please specify within a global namespace.',
  )

export const nextTokenInvalid = () => refusal('InvalidNextToken', "The specified token isn't valid.")

// Keys

/** A refusal of KMS that the key is to blame for, carrying its text as AWS's SDK for Java prints it. */
export const keyRefused = (refused: InnerCallRefused) => refusal('InvalidKeyId', fromKms(refused))

export const keyAccessDenied = (refused: InnerCallRefused) => accessDenied(fromKms(refused))

const fromKms = ({ code, message, requestId }: InnerCallRefused) =>
  `${message ? `${message} ` : ''}(Service: AWSKMS; Status Code: 400; Error Code: ${code}; Request ID: ${requestId})`

// Secrets Manager references

export const decryptionRequired = () =>
  validation('WithDecryption flag must be True for retrieving a Secret Manager secret.')

export const secretNotFound = (path: string) =>
  refusal(
    'ParameterNotFound',
    `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${path} not found.`,
  )

// Policies

/** (U) */
export const policiesOnStandard = () => validation("You can't assign parameter policies to a standard-parameter tier.")

export const policiesMalformed = (text: string) => validation(`Invalid policies input: ${text}.`)

export const tooManyPolicies = () =>
  refusal(
    'PoliciesLimitExceededException',
    `You specified more than the maximum number of allowed policies for the parameter. The maximum is ${quotas.policies}.`,
  )

export const policyTypeInvalid = () =>
  refusal(
    'InvalidPolicyTypeException',
    "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, " +
      'ExpirationNotification, and NoChangeNotification.',
  )

export const policyAttributeInvalid = () =>
  refusal('InvalidPolicyAttributeException', 'A policy attribute or its value is invalid.')

export const policiesIncompatible = () =>
  refusal(
    'IncompatiblePolicyException',
    "There is a conflict in the policies specified for this parameter. You can't, for example, specify two Expiration " +
      'policies for a parameter. Review your policies, and try again.',
  )

// Service settings

export const settingNotFound = () =>
  refusal(
    'ServiceSettingNotFound',
    "The specified service setting wasn't found. Either the service name or the setting hasn't been provisioned by the " +
      'Amazon Web Services service team.',
  )

/** (U) */
export const settingValueInvalid = (settingId: string, valid: string) =>
  validation(`The value of the service setting ${settingId} must be ${valid}.`)

// Resource policies

/** (U) @param ParameterNames - the members at fault. */
export const resourcePolicyParameterInvalid = (message: string, ...ParameterNames: readonly string[]) =>
  refusal('ResourcePolicyInvalidParameterException', message, { ParameterNames })

/** (U) */
export const resourcePolicyTooLarge = () =>
  refusal(
    'ResourcePolicyLimitExceededException',
    `A resource policy can have at most ${quotas.resourcePolicyBytes} bytes.`,
    { Limit: quotas.resourcePolicyBytes, LimitType: 'PolicySize' },
  )

/** (U) */
export const tooManyResourcePolicies = () =>
  refusal(
    'ResourcePolicyLimitExceededException',
    `A parameter can have at most ${quotas.resourcePolicies} resource policies.`,
    { Limit: quotas.resourcePolicies, LimitType: 'PolicyCount' },
  )

export const resourcePolicyConflict = () =>
  refusal(
    'ResourcePolicyConflictException',
    "The hash provided in the call doesn't match the stored hash. This exception is thrown when trying to update an " +
      'obsolete policy version or when multiple requests to update a policy are sent.',
  )

export const resourcePolicyNotFound = () =>
  refusal('ResourcePolicyNotFoundException', 'No policies with the specified policy ID and hash could be found.')

/** (U) as to the reason. */
export const resourcePolicyMalformed = (reason: string) =>
  refusal(
    'MalformedResourcePolicyDocumentException',
    `The specified policy document is malformed or invalid: ${reason}`,
  )

/** (U) */
export const resourcePolicyPrincipalUnknown = (principal: string) =>
  resourcePolicyMalformed(`Invalid principal in policy: "AWS":"${principal}"`)

export const sharedParameterNotFound = () =>
  refusal('ResourceNotFoundException', 'The specified parameter to be shared could not be found.')

// Rates

export const rateExceeded = () => refusal('ThrottlingException', 'Rate exceeded')
