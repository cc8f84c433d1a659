import { readPolicyText } from '../../../kit/policy-text.ts'
import { malformedPolicy, policyTooLong, tagPolicyNotEnforced } from './errors.ts'
import { hasElement, readManagementPolicy } from './inheritance.ts'
import { isAuthorizationType, type PolicyType, policyTypes } from './policy-types.ts'

/** The one top-level element of management policies. */
const rootElements: Partial<Record<PolicyType, string>> = {
  TAG_POLICY: 'tags',
  BACKUP_POLICY: 'plans',
  AISERVICES_OPT_OUT_POLICY: 'services',
}

/** Checks the document of a policy. @throws ServiceError MalformedPolicyDocumentException, ConstraintViolationException (its size). */
export function checkContent(type: PolicyType, content: string): void {
  if ([...content].length > policyTypes[type].maxCharacters) throw policyTooLong()
  if (isAuthorizationType(type)) {
    const kind = type === 'SERVICE_CONTROL_POLICY' ? 'service-control' : 'resource-control'
    readPolicyText(content, kind, ({ detail }) => malformedPolicy(detail))
    return
  }
  const read = readContent(type, content)
  if (type === 'TAG_POLICY' && hasElement(read, 'enforced_for')) throw tagPolicyNotEnforced()
}

/** Reads the document of a management policy. @throws ServiceError MalformedPolicyDocumentException. */
export function readContent(type: PolicyType, content: string) {
  const read = readManagementPolicy(content, rootElements[type] ?? '')
  if ('problem' in read) throw malformedPolicy(read.problem)
  return read.policy
}
