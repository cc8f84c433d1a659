import { compileJavaPattern } from '../../core/java-pattern.ts'
import type { MemberConstraint } from '../../core/operation.ts'
import type { ValidationProblem } from '../../core/services/service-definition.ts'
import type { Kind, Members, Schema } from '../protocols/schema.ts'

/** One limit of a value, with AWS's text for a value outside it. */
export interface Limit {
  text: string
  problem: ValidationProblem
  holds(value: unknown): boolean
}

export const notNull = 'Member must not be null'

/**
 * Compiles the limits of a value, in the order in which AWS reports them: pattern before length, minimum before maximum.
 * What the items of a list or the entries of a map must satisfy is one limit of the whole.
 * @param showsEnums - false for IAM, which keeps the set of an enumeration to itself.
 */
export function compileLimits(schema: Schema, constraint: MemberConstraint, showsEnums: boolean): Limit[] {
  const { kind } = schema
  return [
    ...enumLimit(constraint, showsEnums),
    ...patternLimit(constraint),
    ...itemLimits(kind, schema, constraint, showsEnums),
    ...lengthLimits(kind, constraint),
    ...rangeLimits(constraint),
  ]
}

function enumLimit({ enum: values }: MemberConstraint, showsEnums: boolean): Limit[] {
  if (!values) return []
  const set = new Set<unknown>(values)
  const text = `Member must satisfy enum value set${showsEnums ? `: [${values.join(', ')}]` : ''}`
  return [{ text, problem: 'enum', holds: (value) => set.has(value) }]
}

function patternLimit({ pattern }: MemberConstraint): Limit[] {
  if (pattern === undefined) return []
  const compiled = compiledOnce(pattern)
  const text = `Member must satisfy regular expression pattern: ${pattern}`
  return [{ text, problem: 'pattern', holds: (value) => compiled.test(value as string) }]
}

// Patterns come from the models alone, so their number is bounded.
const compiledPatterns = new Map<string, RegExp>()

function compiledOnce(pattern: string): RegExp {
  const compiled = compiledPatterns.get(pattern) ?? compileJavaPattern(pattern)
  compiledPatterns.set(pattern, compiled)
  return compiled
}

function rangeLimits({ range: [min, max] = [null, null] }: MemberConstraint): Limit[] {
  const limits: Limit[] = []
  const text = 'Member must have value'
  if (min !== null) {
    const holds = (n: unknown) => (n as number) >= min
    limits.push({ text: `${text} greater than or equal to ${min}`, problem: 'too-small', holds })
  }
  if (max !== null) {
    const holds = (n: unknown) => (n as number) <= max
    limits.push({ text: `${text} less than or equal to ${max}`, problem: 'too-large', holds })
  }
  return limits
}

function lengthLimits(kind: Kind, { length: [min, max] = [null, null] }: MemberConstraint): Limit[] {
  const limits: Limit[] = []
  const text = 'Member must have length'
  if (min !== null) {
    limits.push({
      text: `${text} greater than or equal to ${min}`,
      problem: 'too-short',
      holds: (value) => lengthOf(kind, value, min) >= min,
    })
  }
  if (max !== null) {
    limits.push({
      text: `${text} less than or equal to ${max}`,
      problem: 'too-long',
      holds: (value) => lengthOf(kind, value, max) <= max,
    })
  }
  return limits
}

/**
 * Characters (Unicode code points), bytes, items or entries.
 * @param bound - what the length is compared with: characters are counted only when it depends on them.
 */
function lengthOf(kind: Kind, value: unknown, bound: number): number {
  if (kind === 'string') {
    const text = value as string
    // Each character takes one or two units.
    return text.length <= bound / 2 || text.length > bound * 2 ? text.length : codePoints(text)
  }
  return kind === 'map' ? Object.keys(value as Members).length : (value as unknown[] | Uint8Array).length
}

function codePoints(text: string): number {
  let count = 0
  for (let unit = 0; unit < text.length; unit++) {
    const first = text.codePointAt(unit) ?? 0
    if (first > 0xffff) unit++
    count++
  }
  return count
}

function itemLimits(kind: Kind, schema: Schema, constraint: MemberConstraint, showsEnums: boolean): Limit[] {
  if (kind === 'list') {
    const limits = compileLimits(schema.value, constraint.member ?? {}, showsEnums)
    return aggregate('Member', limits, (value, keeps) => (value as unknown[]).every(keeps))
  }
  if (kind === 'map') {
    const keys = compileLimits(schema.key, constraint.key ?? {}, showsEnums)
    const values = compileLimits(schema.value, constraint.value ?? {}, showsEnums)
    values.unshift({ text: notNull, problem: 'missing', holds: (value) => value !== null })
    return [
      ...aggregate('Map keys', keys, (value, keeps) => Object.keys(value as Members).every(keeps)),
      ...aggregate('Map value', values, everyValue),
    ]
  }
  return []
}

// Over maps without a prototype, as decoded ones are, Object.values takes five times the memory of the keys.
const everyValue = (value: unknown, keeps: (part: unknown) => boolean) => {
  const map = value as Members
  return Object.keys(map).every((key) => keeps(map[key]))
}

/** One limit of a collection: all of its parts keep all of these. AWS lists them in reverse. */
function aggregate(
  subject: string,
  limits: readonly Limit[],
  everyPart: (value: unknown, keeps: (part: unknown) => boolean) => boolean,
): Limit[] {
  if (limits.length === 0) return []
  const texts = limits.map(({ text }) => text).reverse()
  const keeps = (part: unknown) => limits.every((limit) => limit.holds(part))
  return [
    {
      text: `${subject} must satisfy constraint: [${texts.join(', ')}]`,
      problem: 'item',
      holds: (value) => everyPart(value, keeps),
    },
  ]
}
