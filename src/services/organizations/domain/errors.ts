import { ServiceError } from '../../../core/service-error.ts'
import type { ValidationProblem } from '../../../core/services/service-definition.ts'

// Every refusal of Organizations. Texts without a mark are those of recorded answers or of the API reference; those marked (U) are ours.

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)
const withReason = (code: string, reason: string, message: string) =>
  new ServiceError(code, 400, message, { Reason: reason })

export const invalidInput = (reason: string, message: string) => withReason('InvalidInputException', reason, message)
export const constraintViolation = (reason: string, message: string) =>
  withReason('ConstraintViolationException', reason, message)
const handshakeConstraint = (reason: string, message: string) =>
  withReason('HandshakeConstraintViolationException', reason, message)

const validationRefusals: Record<ValidationProblem, readonly [reason: string, message: string]> = {
  missing: ['INPUT_REQUIRED', 'You must include a value for all required parameters.'],
  enum: ['INVALID_ENUM', 'You specified an invalid value.'],
  pattern: ['INVALID_PATTERN', 'You provided a value that does not match the required pattern.'],
  'too-short': ['MIN_LENGTH_EXCEEDED', 'You provided a string parameter that is shorter than allowed.'],
  'too-long': ['MAX_LENGTH_EXCEEDED', 'You provided a string parameter that is longer than allowed.'],
  'too-small': ['MIN_VALUE_EXCEEDED', 'You provided a numeric parameter that has a smaller value than allowed.'],
  'too-large': ['MAX_VALUE_EXCEEDED', 'You provided a numeric parameter that has a larger value than allowed.'],
  item: ['INVALID_LIST_MEMBER', 'You provided a list to a parameter that contains at least one invalid value.'],
}

/** Returns what a request that breaks a limit of the model is answered, by what is wrong with its first such member. */
export function validationError(problem: ValidationProblem, path: string): ServiceError {
  if (problem === 'pattern' && /targetId$/i.test(path)) {
    return invalidInput(
      'INVALID_PATTERN_TARGET_ID',
      "You specified a policy target ID that doesn't match the required pattern.",
    )
  }
  if (problem === 'enum' && /policyType$|^type$|^filter$/i.test(path)) {
    return invalidInput('INVALID_ENUM_POLICY_TYPE', 'You specified an invalid policy type.')
  }
  return invalidInput(...validationRefusals[problem])
}

export const accessDenied = () =>
  refusal('AccessDeniedException', "You don't have permissions to access this resource.")
export const notInUse = () =>
  refusal('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.')
export const alreadyInOrganization = () =>
  refusal('AlreadyInOrganizationException', 'The provided account is already a member of an organization.')
export const organizationNotEmpty = () =>
  refusal(
    'OrganizationNotEmptyException',
    'To delete an organization, you must first remove all member accounts (except the management account).',
  )
export const accountNotFound = () => refusal('AccountNotFoundException', "You specified an account that doesn't exist.")
export const accountAlreadyClosed = () =>
  refusal('AccountAlreadyClosedException', 'You attempted to close an account that is already closed.')
export const managementCannotLeave = () =>
  refusal(
    'MasterCannotLeaveOrganizationException',
    "You can't remove a management account from an organization. To remove the management account, delete the organization.",
  )
export const parentNotFound = () => refusal('ParentNotFoundException', "You specified parent that doesn't exist.")
export const sourceParentNotFound = () =>
  refusal('SourceParentNotFoundException', "We can't find a source root or OU with the ParentId that you specified.")
export const destinationParentNotFound = () =>
  refusal(
    'DestinationParentNotFoundException',
    "We can't find the destination container (a root or OU) with the ParentId that you specified.",
  )
export const duplicateAccount = () =>
  refusal('DuplicateAccountException', 'That account is already present in the specified destination.')
export const childNotFound = () =>
  refusal(
    'ChildNotFoundException',
    "We can't find an organizational unit (OU) or Amazon Web Services account with the ChildId that you specified.",
  )
export const unitNotFound = () =>
  refusal('OrganizationalUnitNotFoundException', "You specified an organizational unit that doesn't exist.")
export const unitExists = () =>
  refusal('DuplicateOrganizationalUnitException', 'An OU with the same name already exists.')
export const unitNotEmpty = () =>
  refusal(
    'OrganizationalUnitNotEmptyException',
    'The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the ' +
      'operation again.',
  )
export const rootNotFound = () => refusal('RootNotFoundException', "You specified a root that doesn't exist.")
export const targetNotFound = () => refusal('TargetNotFoundException', "You specified a target that doesn't exist.")
export const policyNotFound = () => refusal('PolicyNotFoundException', "You specified a policy that doesn't exist.")
export const policyExists = () => refusal('DuplicatePolicyException', 'A policy with the same name already exists.')
export const policyAttached = () =>
  refusal('DuplicatePolicyAttachmentException', 'A policy with the specified name and type already exists.')
export const policyNotAttached = () =>
  refusal('PolicyNotAttachedException', "The policy isn't attached to the specified target in the specified root.")
export const policyInUse = () =>
  refusal(
    'PolicyInUseException',
    'The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing ' +
      'this operation.',
  )
export const policyTypeNotEnabled = () =>
  refusal(
    'PolicyTypeNotEnabledException',
    "This operation can't be performed because the specified policy type is not enabled.",
  )
export const policyTypeEnabled = () =>
  refusal('PolicyTypeAlreadyEnabledException', 'The specified policy type is already enabled.')
export const policyTypeNotAvailable = () =>
  refusal(
    'PolicyTypeNotAvailableForOrganizationException',
    "You can't use the specified policy type with the feature set currently enabled for this organization.",
  )
/** (U) for the types of policy that are not here. */
export const policyTypeNotHere = (type: string) =>
  refusal('PolicyTypeNotAvailableForOrganizationException', `Policies of the type ${type} are not available here.`)
export const malformedPolicy = (detail?: string) =>
  refusal(
    'MalformedPolicyDocumentException',
    `The provided policy document does not meet the requirements of the specified policy type.${detail ? ` (${detail})` : ''}`,
  )
export const policyTooLong = () =>
  constraintViolation('POLICY_CONTENT_LIMIT_EXCEEDED', 'You have exceeded the maximum size of a policy document.')
export const tooManyPolicies = () =>
  constraintViolation(
    'POLICY_NUMBER_LIMIT_EXCEEDED',
    'You have exceeded the number of policies that you can have in an organization.',
  )
export const tooManyAttachments = () =>
  constraintViolation(
    'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
    'You have attained the maximum number of policies of this type that can be attached to this entity.',
  )
export const tooFewAttachments = () =>
  constraintViolation(
    'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
    'You cannot remove the last policy attached to the specified target. At least one policy of this type must be attached.',
  )
export const nonDetachablePolicy = () =>
  invalidInput('NON_DETACHABLE_POLICY', "You can't detach this Amazon Web Services Managed Policy.")
export const immutablePolicy = () =>
  invalidInput(
    'IMMUTABLE_POLICY',
    "You specified a policy that is managed by Amazon Web Services and can't be modified.",
  )
export const effectivePolicyNotFound = () =>
  refusal(
    'EffectivePolicyNotFoundException',
    'If you ran this action on the management account, this policy type is not enabled. If you ran the action on a member ' +
      "account, the account doesn't have an effective policy of this type.",
  )
export const tooManyAccounts = () =>
  constraintViolation(
    'ACCOUNT_NUMBER_LIMIT_EXCEEDED',
    'You have exceeded the allowed number of Amazon Web Services accounts in your organization.',
  )
export const tooManyUnits = () =>
  constraintViolation(
    'OU_NUMBER_LIMIT_EXCEEDED',
    'You have exceeded the number of organizational units (OUs) that you can have in an organization.',
  )
export const unitTooDeep = () =>
  constraintViolation(
    'OU_DEPTH_LIMIT_EXCEEDED',
    'You have exceeded the depth of the organizational unit (OU) tree: five levels below the root.',
  )
export const waitPeriodActive = () =>
  constraintViolation(
    'WAIT_PERIOD_ACTIVE',
    'After you create an Amazon Web Services account, you must wait at least seven days before you can remove it from the organization.',
  )
export const allFeaturesNeeded = () =>
  constraintViolation(
    'ORGANIZATION_NOT_IN_ALL_FEATURES_MODE',
    'You attempted to perform an operation that requires your organization to be configured to support all features.',
  )
export const cannotDelegateManagement = () =>
  constraintViolation(
    'CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR',
    'You cannot register the management account of the organization as a delegated administrator.',
  )
export const cannotDelegateSuspended = () =>
  constraintViolation(
    'CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR',
    'You cannot register a suspended account as a delegated administrator.',
  )
export const cannotRemoveDelegate = () =>
  constraintViolation(
    'CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG',
    'You attempted to remove an account that is registered as a delegated administrator for a service integrated with your ' +
      'organization.',
  )
export const delegateExists = () =>
  constraintViolation(
    'DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE',
    'You attempted to disable access of a service for which delegated administrators are registered.',
  )
export const serviceAccessNotEnabled = () =>
  constraintViolation(
    'SERVICE_ACCESS_NOT_ENABLED',
    'You attempted to register a delegated administrator before you enabled service access. Call the EnableAWSServiceAccess API first.',
  )
export const tooManyDelegates = () =>
  constraintViolation(
    'MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED',
    'You attempted to register more delegated administrators than allowed for the service principal.',
  )
export const accountRegistered = () =>
  refusal(
    'AccountAlreadyRegisteredException',
    'The specified account is already a delegated administrator for this Amazon Web Services service.',
  )
export const accountNotRegistered = () =>
  refusal(
    'AccountNotRegisteredException',
    'The specified account is not a delegated administrator for this Amazon Web Services service.',
  )
export const cannotCloseManagement = () =>
  constraintViolation('CANNOT_CLOSE_MANAGEMENT_ACCOUNT', 'You cannot close the management account.')
export const closeQuotaExceeded = () =>
  constraintViolation('CLOSE_ACCOUNT_QUOTA_EXCEEDED', 'You have exceeded close account quota for the past 30 days.')
export const unrecognizedService = () =>
  invalidInput('UNRECOGNIZED_SERVICE_PRINCIPAL', 'You specified an unrecognized service principal.')
export const invalidToken = () =>
  invalidInput(
    'INVALID_NEXT_TOKEN',
    'Get the NextToken parameter from the response to a previous call of the operation.',
  )
export const duplicateTagKey = () =>
  invalidInput('DUPLICATE_TAG_KEY', 'Tag keys must be unique among the tags attached to the same entity.')
export const reservedTag = () =>
  invalidInput(
    'INVALID_SYSTEM_TAGS_PARAMETER',
    "You specified a tag key that is a system tag. You can't add, edit, or delete system tag keys because they're reserved " +
      'for Amazon Web Services use.',
  )
export const tooManyTags = () =>
  constraintViolation('MAX_TAG_LIMIT_EXCEEDED', 'You have exceeded the number of tags allowed on this resource.')
export const invalidResourcePolicy = () =>
  invalidInput('INVALID_RESOURCE_POLICY_JSON', 'You provided an invalid resource policy.')
export const invalidResourcePolicyPrincipal = () =>
  invalidInput('INVALID_PRINCIPAL', 'You specified an invalid principal element in the policy.')
export const unsupportedResourcePolicyAction = () =>
  invalidInput(
    'UNSUPPORTED_ACTION_IN_RESOURCE_POLICY',
    'You specified an action that is not supported in a resource policy.',
  )
export const resourcePolicyNotFound = () =>
  refusal(
    'ResourcePolicyNotFoundException',
    "We can't find a resource policy request with the parameter that you specified.",
  )
export const createStatusNotFound = () =>
  refusal(
    'CreateAccountStatusNotFoundException',
    "We can't find an create account request with the CreateAccountRequestId that you specified.",
  )
export const handshakeNotFound = () =>
  refusal('HandshakeNotFoundException', "We can't find a handshake with the HandshakeId that you specified.")
export const handshakeInState = () =>
  refusal(
    'HandshakeAlreadyInStateException',
    "The specified handshake is already in the requested state. For example, you can't accept a handshake that was already " +
      'accepted.',
  )
export const handshakeTransition = () =>
  refusal(
    'InvalidHandshakeTransitionException',
    "You can't perform the operation on the handshake in its current state. For example, you can't cancel a handshake that was " +
      'already accepted or accept a handshake that was already declined.',
  )
export const handshakeExists = () =>
  refusal(
    'DuplicateHandshakeException',
    'A handshake with the same action and target already exists. For example, if you invited an account to join your ' +
      'organization, the invited account might already have a pending invitation from this organization.',
  )
export const invitedIsMember = () =>
  handshakeConstraint(
    'ALREADY_IN_AN_ORGANIZATION',
    'The handshake request is invalid because the account is already a member of an organization.',
  )
export const tooManyInvited = () =>
  handshakeConstraint(
    'ACCOUNT_NUMBER_LIMIT_EXCEEDED',
    'You have exceeded the allowed number of Amazon Web Services accounts in your organization.',
  )
export const inviteDuringMigration = () =>
  handshakeConstraint(
    'INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES',
    "You can't issue new invitations to join an organization while it's in the process of enabling all features.",
  )
export const hasAllFeatures = () =>
  handshakeConstraint(
    'ORGANIZATION_ALREADY_HAS_ALL_FEATURES',
    'The handshake request is invalid because the organization has already enabled all features.',
  )
export const migrationPending = () =>
  handshakeConstraint(
    'ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION',
    'The handshake request is invalid because the organization has already started the process to enable all features.',
  )
/** (U) */
export const invitedUnknown = () =>
  invalidInput('TARGET_NOT_SUPPORTED', 'The account that you invited does not exist on this server.')
/** (U) */
export const invitedSelf = () =>
  handshakeConstraint(
    'SOURCE_AND_TARGET_CANNOT_MATCH',
    'An account cannot be invited into the organization that it manages.',
  )
export const partyTypeInvalid = () =>
  invalidInput(
    'INVALID_PARTY_TYPE_TARGET',
    'You specified the wrong type of entity (account, organization, or email) as a party.',
  )
/** (U) */
export const tagPolicyNotEnforced = () =>
  malformedPolicy('enforced_for is not available here: tag policies are kept and inherited, and do not refuse requests')
