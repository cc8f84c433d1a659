import { compileCidr } from './cidr.ts'
import { readNumericRange } from './numeric-range.ts'
import { begunAt, EventPatternError, type Leaf, type PatternNode, refusalAt } from './pattern-text.ts'
import { compileWildcard, type Wildcard } from './wildcard.ts'

/** What a pattern demands of one field. */
export interface FieldTest {
  /** Values that fit as they are. */
  readonly exact: ReadonlySet<Leaf>
  /** Further tests, any of which is enough. */
  readonly tests: readonly LeafTest[]
  /** `exists: false` is among them: the field fits where the event does not have it. */
  readonly absent: boolean
  readonly wildcards: readonly Wildcard[]
}

type LeafTest = (value: Leaf) => boolean

/** One test, or values to be compared with. */
interface MatchExpression {
  exact?: string
  test?: LeafTest
  absent?: true
  wildcards?: readonly Wildcard[]
}

/** A match expression that takes one text: its test, and how AWS names it in refusals. */
type TextMatch = (text: string) => LeafTest

const onText =
  (test: (text: string) => boolean): LeafTest =>
  (value) =>
    typeof value === 'string' && test(value)

const startsWith: TextMatch = (prefix) => onText((text) => text.startsWith(prefix))
const endsWith: TextMatch = (suffix) => onText((text) => text.endsWith(suffix))
const equalsIgnoringCase: TextMatch = (sought) => {
  const lower = sought.toLowerCase()
  return onText((text) => text.toLowerCase() === lower)
}
const startsIgnoringCase: TextMatch = (prefix) => {
  const lower = prefix.toLowerCase()
  return onText((text) => text.toLowerCase().startsWith(lower))
}
const endsIgnoringCase: TextMatch = (suffix) => {
  const lower = suffix.toLowerCase()
  return onText((text) => text.toLowerCase().endsWith(lower))
}

/**
 * Compiles the values that a pattern lists for a field.
 * @param text - the whole pattern, for the places in refusals.
 * @throws EventPatternError
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function compileField(text: string, values: PatternNode & { kind: 'array' }): FieldTest {
  const exact = new Set<Leaf>()
  const tests: LeafTest[] = []
  const wildcards: Wildcard[] = []
  let absent = false
  for (const node of values.items) {
    if (node.kind === 'array') {
      throw refusalAt(text, 'Match value must be String, number, true, false, or null', begunAt(node))
    }
    if (node.kind !== 'object') {
      exact.add(node.value)
      continue
    }
    const expression = new MatchReader(text, node).read()
    if (expression.exact !== undefined) exact.add(expression.exact)
    if (expression.test) tests.push(expression.test)
    if (expression.absent) absent = true
    wildcards.push(...(expression.wildcards ?? []))
  }
  if (values.items.length === 0) throw refusalAt(text, 'Empty arrays are not allowed', values.end)
  return { exact, tests, absent, wildcards }
}

type ObjectNode = PatternNode & { kind: 'object' }

/** Reads one match expression: `{"prefix": "a"}`. */
class MatchReader {
  readonly #text: string
  readonly #node: ObjectNode

  constructor(text: string, node: ObjectNode) {
    this.#text = text
    this.#node = node
  }

  read(): MatchExpression {
    const { name, value } = this.#onlyMember(this.#node, 'Match expression name not found')
    switch (name) {
      case 'exactly':
        return { exact: this.#string(value, 'exact match pattern must be a string') }
      case 'prefix':
        return { test: this.#affix(value, 'prefix', startsWith, startsIgnoringCase) }
      case 'suffix':
        return { test: this.#affix(value, 'suffix', endsWith, endsIgnoringCase) }
      case 'equals-ignore-case':
        return { test: equalsIgnoringCase(this.#string(value, 'equals-ignore-case match pattern must be a string')) }
      case 'wildcard': {
        const wildcard = this.#wildcard(value)
        return { test: onText(wildcard.matches), wildcards: [wildcard] }
      }
      case 'anything-but':
        return this.#anythingBut(value)
      case 'numeric':
        return { test: readNumericRange(this.#text, value) }
      case 'cidr':
        // AWS's own words: it names the wrong operator here.
        return { test: onText(compileCidr(this.#string(value, 'prefix match pattern must be a string'))) }
      case 'exists':
        if (value.kind !== 'literal' || value.value === null) {
          throw this.#refusal('exists match pattern must be either true or false.', begunAt(value))
        }
        return value.value ? { test: () => true } : { absent: true }
      default:
        throw this.#refusal(`Unrecognized match type ${name}`, begunAt(value))
    }
  }

  #onlyMember(node: ObjectNode, missing: string): { name: string; value: PatternNode } {
    const [first, second] = node.members
    if (!first) throw this.#refusal(missing, node.end)
    if (second) {
      const tooMany = first.name === 'numeric' || first.name === 'anything-but'
      const reason = tooMany ? 'Too many elements in numeric expression' : 'Only one key allowed in match expression'
      throw this.#refusal(reason, begunAt(second.value))
    }
    return first
  }

  #affix(node: PatternNode, kind: 'prefix' | 'suffix', plain: TextMatch, ignoringCase: TextMatch): LeafTest {
    if (node.kind !== 'object') return plain(this.#string(node, `${kind} match pattern must be a string`))
    const title = kind === 'prefix' ? 'Prefix' : 'Suffix'
    const { name, value } = this.#onlyMember(node, `${title} expression name not found`)
    if (name !== 'equals-ignore-case') throw this.#refusal(`Unsupported ${kind} pattern: ${name}`, begunAt(value))
    return ignoringCase(this.#string(value, 'equals-ignore-case match pattern must be a string'))
  }

  #wildcard(node: PatternNode): Wildcard {
    const pattern = this.#string(node, 'wildcard match pattern must be a string')
    try {
      return compileWildcard(pattern)
    } catch (error) {
      throw error instanceof EventPatternError ? this.#refusal(error.message, node.end) : error
    }
  }

  #anythingBut(node: PatternNode): MatchExpression {
    if (node.kind === 'object') return this.#anythingButNested(node)
    const excluded = new Set<Leaf>(this.#listed(node).map((value) => this.#excludedValue(value)))
    const kinds = new Set([...excluded].map((value) => typeof value))
    if (kinds.size !== 1) {
      const reason = 'Inside anything but list, either all values are number or string, mixed type is not supported'
      throw this.#refusal(reason, node.end)
    }
    return { test: (value) => !excluded.has(value) }
  }

  #excludedValue(node: PatternNode): Leaf {
    if (node.kind === 'string' || node.kind === 'number') return node.value
    throw this.#refusal('Inside anything but list, start|null|boolean is not supported.', begunAt(node))
  }

  #anythingButNested(node: ObjectNode): MatchExpression {
    const { name, value } = this.#onlyMember(node, 'Anything-But expression name not found')
    if (!nestable.has(name)) throw this.#refusal(`Unsupported anything-but pattern: ${name}`, begunAt(value))
    const items = this.#listed(value)
    const wildcards = name === 'wildcard' ? items.map((item) => this.#wildcard(item)) : []
    const tests =
      name === 'wildcard'
        ? wildcards.map(({ matches }) => onText(matches))
        : items.map((item) => this.#nestedTest(name, item))
    return { test: (leaf) => !tests.some((test) => test(leaf)), wildcards }
  }

  #nestedTest(name: string, item: PatternNode): LeafTest {
    if (name === 'equals-ignore-case') {
      const refusal = 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.'
      return equalsIgnoringCase(this.#string(item, refusal))
    }
    const affix = this.#string(item, 'prefix/suffix match pattern must be a string')
    if (affix === '') throw this.#refusal('Null prefix/suffix not allowed', item.end)
    return name === 'prefix' ? startsWith(affix) : endsWith(affix)
  }

  #listed(node: PatternNode): readonly PatternNode[] {
    if (node.kind === 'array') return node.items
    if (node.kind === 'string' || node.kind === 'number') return [node]
    throw this.#refusal(mustBeListOrValue, begunAt(node))
  }

  #string(node: PatternNode, refusal: string): string {
    if (node.kind !== 'string') throw this.#refusal(refusal, begunAt(node))
    return node.value
  }

  #refusal(reason: string, offset: number): EventPatternError {
    return refusalAt(this.#text, reason, offset)
  }
}

/** What `anything-but` can be applied to. */
const nestable = new Set(['prefix', 'suffix', 'equals-ignore-case', 'wildcard'])

const mustBeListOrValue = 'Value of anything-but must be an array or single string/number value.'
