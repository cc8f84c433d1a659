import type { Steps } from '../core/turns.ts'
import type { Operator } from './condition-operators.ts'
import type { ContextReader } from './context-reader.ts'
import type { WorkMeter } from './work.ts'

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
  holds(context: ContextReader, meter: WorkMeter): Steps<boolean>
}

/** @param variables - whether `${…}` in values is a variable. */
export function compileCondition(element: ConditionElement, variables: boolean): Condition {
  const key = element.key.toLowerCase()
  const { operator, values } = element
  const { compile } = operator
  if (!compile) {
    const wanted = new Set(values.map((value) => value.toLowerCase()))
    return {
      element,
      // biome-ignore lint/correctness/useYield: the steps of the other operators pause, and presence is found at once.
      *holds(context) {
        return wanted.has(context.entry(key) ? 'false' : 'true')
      },
    }
  }
  const wanted = compile(values, variables)
  const missing = outcomeWhenMissing(operator)
  const { qualifier, negated } = operator
  // The first value that settles the matter ends the search: one that matches, one that holds, or one that does not hold.
  const settling = qualifier === 'ForAllValues' ? negated : qualifier === 'ForAnyValue' ? !negated : true
  const settled = qualifier === undefined ? !negated : qualifier === 'ForAnyValue'
  return {
    element,
    *holds(context, meter) {
      const entry = context.entry(key)
      if (!entry) return missing
      for (const value of entry.values) {
        // An empty string is what the guide calls a null data set, which counts as no value.
        if (qualifier && value.text === '') continue
        const matches =
          wanted.include?.(value) ||
          (wanted.others.fitAtOnce(value, context, meter) ?? (yield* wanted.others.fit(value, context, meter)))
        if (matches === settling) return settled
      }
      return !settled
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
