import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import type { PolicyDocument } from '../../../policy/language.ts'
import { policyMalformed, policyOverlyPermissive, policyPrincipalInvalid, policyTooLarge } from './errors.ts'
import { quotas } from './quotas.ts'

/**
 * The policy of a key made without one, printed as KMS prints it: the account may do everything, so that its identity
 * policies count.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export const defaultKeyPolicy = (partition: string, accountId: string): string => `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:${partition}:iam::${accountId}:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`

/** Stands for the policy of a key that is not there, or not for other accounts: it allows nothing. */
export const policyThatAllowsNothing =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","NotResource":"*"}]}'

/** Returns what is left of a policy where its Allow statements do not count. */
export function denialsOf(document: string): string {
  const { Statement, ...policy } = JSON.parse(document)
  const denials = [Statement].flat().filter(({ Effect }) => Effect === 'Deny')
  return denials.length > 0 ? JSON.stringify({ ...policy, Statement: denials }) : policyThatAllowsNothing
}

/** @throws ServiceError MalformedPolicyDocumentException - ForAllValues over a key with one value. */
function checkConditions({ statements }: PolicyDocument): void {
  for (const { operatorName, key } of statements.flatMap(({ conditions }) => conditions)) {
    if (/^ForAllValues:/i.test(operatorName) && singleValued.test(key)) throw policyOverlyPermissive(key)
  }
}

const singleValued = /^(kms:EncryptionContext:|aws:RequestTag\/)/i

/**
 * Key policies. What they refuse: LimitExceededException; MalformedPolicyDocumentException for grammar, principals that do
 * not exist, and conditions that allow too much.
 */
export const keyPolicies = resourcePolicies({
  kind: 'key-policy',
  size: { most: quotas.keyPolicyBytes, exceeded: policyTooLarge },
  malformed: policyMalformed,
  unknownPrincipal: policyPrincipalInvalid,
  check: checkConditions,
})
