import type { PolicyDocument } from '../../../policy/language.ts'
import { policyOverlyPermissive, policyTooLarge } from './errors.ts'
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

export function checkKeyPolicySize(document: string): void {
  if (Buffer.byteLength(document) > quotas.keyPolicyBytes) throw policyTooLarge()
}

/** @throws ServiceError MalformedPolicyDocumentException - ForAllValues over a key with one value. */
export function checkConditions({ statements }: PolicyDocument): void {
  for (const { operatorName, key } of statements.flatMap(({ conditions }) => conditions)) {
    if (/^ForAllValues:/i.test(operatorName) && singleValued.test(key)) throw policyOverlyPermissive(key)
  }
}

const singleValued = /^(kms:EncryptionContext:|aws:RequestTag\/)/i

/** The principals that stand under `AWS`, as written. */
export const awsPrincipals = ({ statements }: PolicyDocument): string[] =>
  statements
    .flatMap(({ principal, notPrincipal }) => [principal, notPrincipal])
    .flatMap((element) => (element === undefined || element === '*' ? [] : (element.get('AWS') ?? [])))

/** A valid policy with other principals in place of some; layout is lost. */
export function withPrincipals(document: string, changed: ReadonlyMap<string, string>): string {
  const name = (value: Json) => (typeof value === 'string' ? (changed.get(value) ?? value) : value)
  const policy = mapMembers(JSON.parse(document), ['Statement'], (statement) =>
    mapMembers(statement, ['Principal', 'NotPrincipal'], (principal) => mapMembers(principal, ['AWS'], name)),
  )
  return JSON.stringify(policy, null, 2)
}

type Json = null | boolean | number | string | Json[] | { [member: string]: Json }

/** Changes the values of some members of a structure; a list stands for its items. */
function mapMembers(structure: Json, names: readonly string[], change: (value: Json) => Json): Json {
  if (typeof structure !== 'object' || structure === null || Array.isArray(structure)) return structure
  const each = (value: Json) => (Array.isArray(value) ? value.map(change) : change(value))
  return Object.fromEntries(
    Object.entries(structure).map(([name, value]) => [name, names.includes(name) ? each(value) : value]),
  )
}
