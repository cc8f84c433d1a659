import type { PolicyDocument } from '../policy/language.ts'
import { PolicyError } from '../policy/policy-error.ts'
import { type PolicyKind, parsePolicy, type ValidationOptions } from '../policy/validate.ts'

export type { PolicyKind, ValidationOptions } from '../policy/validate.ts'

/** Problem of a policy: `message` in IAM's words, `detail` with the place. */
export type PolicyProblem = Pick<PolicyError, 'message' | 'detail'>

/**
 * Reads and validates the text of a policy that a caller gives.
 * @param malformed - makes the service's refusal of what is wrong.
 * @throws what `malformed` makes.
 */
export function readPolicyText(
  text: string,
  kind: PolicyKind,
  malformed: (problem: PolicyProblem) => Error,
  options?: ValidationOptions,
): PolicyDocument {
  try {
    return parsePolicy(text, kind, options)
  } catch (error) {
    throw error instanceof PolicyError ? malformed(error) : error
  }
}
