import { arnOf, compileArnCondition } from './arn-matcher.ts'
import { readDate } from './dates.ts'
import { compileIpRange } from './ip-range.ts'
import { Patterns } from './patterns.ts'
import { inLowerCase, type RequestText } from './request-text.ts'
import { compilePattern, type Matcher } from './wildcard.ts'

/** Compiles one value of a policy into a test of one value of a request. */
type CompileValue = (value: string, variables: boolean) => Matcher

/** The values of a policy, of which one must be met. */
export interface Values {
  /** Looks a value of the request up among those that are fixed texts. */
  include?: (value: RequestText) => boolean
  /** The values that are compared one by one. */
  others: Patterns
}

type CompileValues = (values: readonly string[], variables: boolean) => Values

const anyOf =
  (compile: CompileValue): CompileValues =>
  (values, variables) => ({ others: new Patterns(values, (value) => compile(value, variables)) })

/** An operator as a policy names it, taken apart. */
export interface Operator {
  /** `null` tests presence alone. */
  compile: CompileValues | null
  /** The value kind, which validation looks at. */
  family: 'String' | 'Numeric' | 'Date' | 'Bool' | 'Binary' | 'IpAddress' | 'Arn' | 'Null'
  /** True for operators that hold when no value matches. */
  negated: boolean
  qualifier: 'ForAllValues' | 'ForAnyValue' | undefined
  ifExists: boolean
}

/** Reads an operator's name, without regard to case; undefined when there is no such operator. */
export function readOperator(name: string): Operator | undefined {
  const parts = /^(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?$/.exec(name.toLowerCase())
  if (!parts) return undefined
  const [, qualifier, base = '', ifExists] = parts
  const operator = operators.get(base)
  if (!operator) return undefined
  if (operator.family === 'Null' && (qualifier || ifExists)) return undefined
  return {
    ...operator,
    qualifier: qualifier === undefined ? undefined : qualifier === 'forallvalues' ? 'ForAllValues' : 'ForAnyValue',
    ifExists: ifExists !== undefined,
  }
}

/** Texts are looked up all at once; only those with variables are compared one by one. */
const equalTexts =
  (ignoreCase: boolean): CompileValues =>
  (values, variables) => {
    const isFixed = (value: string) => !variables || !value.includes('${')
    const fixed = new Set(values.filter(isFixed).map((value) => (ignoreCase ? value.toLowerCase() : value)))
    return {
      include: (value) => fixed.has((ignoreCase ? inLowerCase(value) : value).text),
      others: new Patterns(
        values.filter((value) => !isFixed(value)),
        (value) => compilePattern(value, { wildcards: false, variables, ignoreCase }),
      ),
    }
  }

const likeText: CompileValue = (value, variables) => compilePattern(value, { wildcards: true, variables })

const likeArn: CompileValue = (pattern, variables) => {
  const matches = compileArnCondition(pattern, variables)
  return (value, context) => {
    const arn = value.as(arnOf)
    return arn !== undefined && matches(arn, context)
  }
}

const equalBool: CompileValue = (wanted, variables) => {
  const matches = compilePattern(wanted, { wildcards: false, variables, ignoreCase: true })
  return (value, context) => /^(?:true|false)$/i.test(value.text) && matches(value, context)
}

const equalBytes: CompileValue = (wanted) => {
  const bytes = readBase64(wanted)
  return (value) => bytes !== undefined && value.as(readBase64) === bytes
}

const readBase64 = (text: string): string | undefined =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('hex') : undefined

const readNumber = (text: string): number | undefined =>
  /^[+-]?[0-9]{1,300}(?:\.[0-9]{1,300})?$/.test(text) ? Number(text) : undefined

type Compare = (value: number, bound: number) => boolean

const ordered =
  (read: (text: string) => number | undefined, compare: Compare): CompileValue =>
  (wanted) => {
    const bound = read(wanted)
    return (value) => {
      const number = value.as(read)
      return number !== undefined && bound !== undefined && compare(number, bound)
    }
  }

const operators = new Map<string, Pick<Operator, 'compile' | 'family' | 'negated'>>()

const define = (family: Operator['family'], compile: CompileValues | null, positive: string, negative?: string) => {
  operators.set(positive.toLowerCase(), { family, compile, negated: false })
  if (negative) operators.set(negative.toLowerCase(), { family, compile, negated: true })
}

define('String', equalTexts(false), 'StringEquals', 'StringNotEquals')
define('String', equalTexts(true), 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase')
define('String', anyOf(likeText), 'StringLike', 'StringNotLike')
define('Bool', anyOf(equalBool), 'Bool')
define('Binary', anyOf(equalBytes), 'BinaryEquals')
define('IpAddress', anyOf(compileIpRange), 'IpAddress', 'NotIpAddress')
define('Arn', anyOf(likeArn), 'ArnEquals', 'ArnNotEquals')
define('Arn', anyOf(likeArn), 'ArnLike', 'ArnNotLike')
define('Null', null, 'Null')

const comparisons: Record<string, Compare> = {
  LessThan: (value, bound) => value < bound,
  LessThanEquals: (value, bound) => value <= bound,
  GreaterThan: (value, bound) => value > bound,
  GreaterThanEquals: (value, bound) => value >= bound,
}

const defineOrdered = (family: Operator['family'], read: (text: string) => number | undefined) => {
  const equal = anyOf(ordered(read, (value, bound) => value === bound))
  define(family, equal, `${family}Equals`, `${family}NotEquals`)
  for (const [name, compare] of Object.entries(comparisons))
    define(family, anyOf(ordered(read, compare)), family + name)
}

defineOrdered('Numeric', readNumber)
defineOrdered('Date', readDate)
