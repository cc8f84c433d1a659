import type { Operator } from './condition-operators.ts'
import type { ContextReader } from './context-reader.ts'
import type { RequestText } from './request-text.ts'

/** One key under one operator, as the policy has it. */
export interface ConditionElement {
  operator: Operator
  /** As written: `ForAnyValue:StringLike`. */
  operatorName: string
  key: string
  values: readonly string[]
}

/** A condition ready to be tested. */
export interface Condition {
  element: ConditionElement
  holds(context: ContextReader): boolean
}

/** @param variables - whether `${…}` in values is a variable. */
export function compileCondition(element: ConditionElement, variables: boolean): Condition {
  const key = element.key.toLowerCase()
  const { operator, values } = element
  const { compile } = operator
  if (!compile) {
    const wanted = values.map((value) => value.toLowerCase())
    return { element, holds: (context) => wanted.includes(context.entry(key) ? 'false' : 'true') }
  }
  const matchesAny = compile(values, variables)
  const missing = outcomeWhenMissing(operator)
  return {
    element,
    holds(context) {
      const entry = context.entry(key)
      if (!entry) return missing
      return combine(operator, entry.values, (value) => matchesAny(value, context))
    },
  }
}

/**
 * Without the key a positive operator fails and a negated one holds; ForAllValues holds for the empty set, ForAnyValue does
 * not; IfExists holds always. (IAM User Guide, "Condition operators" and "Multivalued context keys".)
 */
function outcomeWhenMissing({ ifExists, qualifier, negated }: Operator): boolean {
  if (ifExists || qualifier === 'ForAllValues') return true
  return qualifier === undefined && negated
}

function combine(
  { qualifier, negated }: Operator,
  values: readonly RequestText[],
  matches: (value: RequestText) => boolean,
): boolean {
  if (!qualifier) return values.some(matches) !== negated
  // An empty string is what the guide calls a null data set, which counts as no value.
  const present = values.filter(({ text }) => text !== '')
  const holds = (value: RequestText) => matches(value) !== negated
  return qualifier === 'ForAllValues' ? present.every(holds) : present.some(holds)
}
