import { begunAt, EventPatternError, type PatternNode, readPatternText, refusalAt } from './pattern-text.ts'
import { compileField, type FieldTest } from './value-test.ts'

/** A pattern that has been read once and is compared with many events. */
export interface EventPattern {
  /** The alternatives that its `$or` make of it; an event fits the pattern that fits one of them. */
  readonly alternatives: readonly Alternative[]
  /** How many fields its alternatives have together: what AWS's quotas of filter policies count. */
  readonly fields: readonly PatternField[]
}

/** Fields that an event must fit, all of them. */
export interface Alternative {
  readonly root: PatternTree
  readonly fields: readonly PatternField[]
  /** The fields that an event may lack. */
  readonly absent: readonly PatternField[]
}

/** The fields of an alternative by the names on their paths. */
export interface PatternTree {
  readonly name: string
  readonly field: PatternField | undefined
  readonly children: readonly PatternTree[]
}

export interface PatternField {
  readonly path: readonly string[]
  readonly test: FieldTest
}

export interface PatternLimits {
  /** How many alternatives the `$or` of a pattern may make. Default: 1,000. */
  combinations?: number
}

/** Names that the members of `$or` may not have. */
const reservedNames = new Set([
  ...['exactly', 'equals-ignore-case', 'prefix', 'suffix', 'anything-but', 'exists', 'wildcard', 'numeric', 'cidr'],
  ...['=', '<', '<=', '>', '>=', 'regex', 'not-wildcard', 'not-equals-ignore-case'],
  ...['date-after', 'date-on-or-after', 'date-before', 'date-on-or-before', 'in-date-range'],
  ...['ip-address-in-range', 'ip-address-not-in-range'],
])

/** AWS does not say where its limit is. */
const mostWildcardComplexity = 100

const tooManyWildcards =
  'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character'

const tooManyCombinations = (most: number) => `Rule is too complex - there are more than ${most} rule combinations`

/**
 * Reads and checks an event pattern.
 * @throws EventPatternError - its message is the reason that AWS gives.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function compilePattern(text: string, { combinations = 1000 }: PatternLimits = {}): EventPattern {
  const node = readPatternText(text)
  if (node.kind !== 'object') throw refusalAt(text, 'Filter is not an object', begunAt(node))
  const reader = new PatternCompiler(text, combinations)
  const alternatives = reader.alternatives(node).map((fields) => alternativeOf([...fields.values()]))
  return { alternatives, fields: reader.fields }
}

type ObjectNode = PatternNode & { kind: 'object' }
type Fields = ReadonlyMap<string, PatternField>

class PatternCompiler {
  readonly fields: PatternField[] = []
  readonly #text: string
  readonly #combinations: number

  constructor(text: string, combinations: number) {
    this.#text = text
    this.#combinations = combinations
  }

  alternatives(node: ObjectNode): readonly Fields[] {
    return this.#object(node, [], [new Map()], false)
  }

  /** Adds the fields of an object to all alternatives there are. */
  #object(node: ObjectNode, path: readonly string[], before: readonly Fields[], insideOr: boolean): readonly Fields[] {
    let alternatives = before
    for (const { name, value } of node.members) {
      const inner = [...path, name]
      if (name === '$or') alternatives = this.#or(value, path, alternatives)
      else if (insideOr && reservedNames.has(name)) {
        const reason = `${name} is Ruler reserved fieldName which cannot be used inside $or.`
        throw refusalAt(this.#text, reason, begunAt(value))
      } else if (value.kind === 'object') alternatives = this.#object(value, inner, alternatives, insideOr)
      else if (value.kind === 'array') alternatives = this.#field(value, inner, alternatives)
      else throw refusalAt(this.#text, `"${name}" must be an object or an array`, begunAt(value))
    }
    if (node.members.length === 0) throw refusalAt(this.#text, 'Empty objects are not allowed', node.end)
    return alternatives
  }

  #field(node: PatternNode & { kind: 'array' }, path: readonly string[], before: readonly Fields[]): readonly Fields[] {
    const test = compileField(this.#text, node)
    if (test.wildcards.reduce((sum, { complexity }) => sum + complexity, 0) > mostWildcardComplexity) {
      throw new EventPatternError(tooManyWildcards)
    }
    const field: PatternField = { path, test }
    this.fields.push(field)
    const key = JSON.stringify(path)
    // Of a field that is given twice, AWS takes the last.
    return before.map((fields) => new Map([...fields, [key, field]]))
  }

  #or(node: PatternNode, path: readonly string[], before: readonly Fields[]): readonly Fields[] {
    if (node.kind !== 'array') throw refusalAt(this.#text, 'It must be an Array followed with $or.', begunAt(node))
    const alternatives: Fields[] = []
    for (const item of node.items) {
      if (item.kind !== 'object') {
        throw refusalAt(this.#text, 'Only JSON object is allowed in array of $or relationship.', begunAt(item))
      }
      alternatives.push(...this.#object(item, path, before, true))
      if (alternatives.length > this.#combinations) throw new EventPatternError(tooManyCombinations(this.#combinations))
    }
    if (node.items.length < 2) {
      throw refusalAt(this.#text, 'There must have at least 2 Objects in $or relationship.', node.end)
    }
    return alternatives
  }
}

const alternativeOf = (fields: readonly PatternField[]): Alternative => ({
  root: treeOf('', fields, 0),
  fields,
  absent: fields.filter(({ test }) => test.absent),
})

function treeOf(name: string, fields: readonly PatternField[], depth: number): PatternTree {
  const below = Map.groupBy(
    fields.filter(({ path }) => path.length > depth),
    ({ path }) => path[depth] ?? '',
  )
  return {
    name,
    field: fields.find(({ path }) => path.length === depth),
    children: [...below].map(([child, inside]) => treeOf(child, inside, depth + 1)),
  }
}
