import { BoundedMap } from '../../../core/bounded-map.ts'
import { compilePattern, type EventPattern, type PatternField } from '../../../kit/event-patterns/compile-pattern.ts'
import { matchesPattern } from '../../../kit/event-patterns/match.ts'
import { EventPatternError } from '../../../kit/event-patterns/pattern-text.ts'
import { isBinary, type StoredAttribute } from '../../../kit/message-attributes.ts'
import { jsonObject } from './json.ts'

export type FilterScope = 'MessageAttributes' | 'MessageBody'

const most = { keys: 5, combinations: 150, bytes: 262_144 }

/**
 * Checks a filter policy.
 * @returns what is wrong with it, in AWS's words; undefined when nothing is.
 * @see https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
 */
export function problemOfFilterPolicy(text: string, scope: FilterScope): string | undefined {
  if (Buffer.byteLength(text) > most.bytes) return 'Filter policy is too long' // (U)
  if (!jsonObject(text)) return 'failed to parse JSON.'
  const pattern = compiled(text)
  if (pattern instanceof EventPatternError) return pattern.message
  const { alternatives, fields } = pattern
  if (scope === 'MessageAttributes' && fields.some(({ path }) => path.length > 1)) {
    return 'Filter policy scope MessageAttributes does not support nested filter policy'
  }
  // EventBridge has this one; SNS does not.
  if (fields.some(({ test }) => test.wildcards.length > 0)) return 'Unrecognized match type wildcard'
  if (fields.length > most.keys) return `Filter policy can not have more than ${most.keys} keys`
  const combinations = alternatives.reduce((sum, alternative) => sum + combinationsOf(alternative.fields), 0)
  return combinations > most.combinations ? 'Filter policy is too complex' : undefined
}

/** A key with four values on the third level counts as twelve. */
const combinationsOf = (fields: readonly PatternField[]): number =>
  fields.reduce((product, { path, test }) => product * path.length * valuesOf(test), 1)

const valuesOf = ({ exact, tests, absent }: PatternField['test']) => exact.size + tests.length + (absent ? 1 : 0)

/** The policies that were compared last. */
const kept = new BoundedMap<string, EventPattern>(1000)

function compiled(text: string): EventPattern | EventPatternError {
  const known = kept.get(text)
  if (known) return known
  try {
    const pattern = compilePattern(text)
    kept.set(text, pattern)
    return pattern
  } catch (error) {
    if (error instanceof EventPatternError) return error
    throw error
  }
}

/** A message as filter policies see it, read once for all of them. */
export class FilteredMessage {
  readonly #text: string
  readonly #attributes: readonly StoredAttribute[]
  #body: { json: unknown } | undefined
  #named: Record<string, unknown> | undefined

  constructor(text: string, attributes: readonly StoredAttribute[]) {
    this.#text = text
    this.#attributes = attributes
  }

  /**
   * Returns whether a checked filter policy lets the message through. A body that is not a JSON object fits none.
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
   */
  fits(policy: string, scope: FilterScope): boolean {
    const pattern = compiled(policy)
    if (pattern instanceof EventPatternError) throw new Error('the filter policy was not checked', { cause: pattern })
    if (scope === 'MessageAttributes') return matchesPattern(pattern, this.#byName)
    this.#body ??= { json: jsonObject(this.#text) }
    return this.#body.json !== undefined && matchesPattern(pattern, this.#body.json)
  }

  get #byName(): Record<string, unknown> {
    this.#named ??= Object.fromEntries(
      this.#attributes.filter((attribute) => !isBinary(attribute)).map((one) => [one.name, comparedValue(one)]),
    )
    return this.#named
  }
}

function comparedValue({ dataType, value }: StoredAttribute): unknown {
  if (dataType.startsWith('Number')) return Number(value)
  return dataType === 'String.Array' ? JSON.parse(value) : value
}
