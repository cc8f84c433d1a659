import { type PrincipalElement, readPolicy, type Statement } from '../../policy/language.ts'

/** Condition keys that say who or what stands behind a request, so that a fixed value of theirs narrows a policy. */
const narrowingKeys = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:principalservicename',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourceorgid',
  'aws:sourceorgpaths',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
])

const narrowingOperators =
  /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress)$/i

/**
 * Returns true when a policy allows every principal without a condition that narrows them.
 * @param document - a valid policy.
 */
export const isPublic = (document: string): boolean =>
  readPolicy(document).statements.some(
    (statement) => statement.effect === 'Allow' && hasWildcardPrincipal(statement) && !isNarrowed(statement),
  )

const hasWildcardPrincipal = ({ principal, notPrincipal }: Statement): boolean =>
  notPrincipal !== undefined || isWildcard(principal)

const isWildcard = (principal: PrincipalElement | undefined): boolean =>
  principal === '*' || (principal?.get('AWS')?.includes('*') ?? false)

const isNarrowed = ({ conditions }: Statement): boolean =>
  conditions.some(
    ({ operatorName, key, values }) =>
      narrowingOperators.test(operatorName) &&
      narrowingKeys.has(key.toLowerCase()) &&
      values.every((value) => !isOpen(value)),
  )

/** Everything, or every address. */
const isOpen = (value: string): boolean => /^[*?]*$/.test(value) || /\/0$/.test(value) || /^arn:[*:]*$/.test(value)
