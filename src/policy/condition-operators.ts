import { compileArnCondition, splitArn } from './arn-matcher.ts'
import { readDate } from './dates.ts'
import { compileIpRange } from './ip-range.ts'
import { compilePattern, type Matcher } from './wildcard.ts'

/** Compiles one value of a policy into a test of one value of a request. */
type CompileValue = (value: string, variables: boolean) => Matcher

/** An operator as a policy names it, taken apart. */
export interface Operator {
  /** `null` tests presence alone. */
  compile: CompileValue | null
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

const equalText: CompileValue = (value, variables) => compilePattern(value, { wildcards: false, variables })

const equalTextAnyCase: CompileValue = (value, variables) =>
  compilePattern(value, { wildcards: false, variables, ignoreCase: true })

const likeText: CompileValue = (value, variables) => compilePattern(value, { wildcards: true, variables })

const likeArn: CompileValue = (value, variables) => {
  const matches = compileArnCondition(value, variables)
  return (text, context) => {
    const arn = splitArn(text)
    return arn !== undefined && matches(arn, context)
  }
}

const equalBool: CompileValue = (value, variables) => {
  const matches = equalTextAnyCase(value, variables)
  return (text, context) => /^(?:true|false)$/i.test(text) && matches(text, context)
}

const equalBytes: CompileValue = (value) => {
  const bytes = readBase64(value)
  return (text) => bytes !== undefined && readBase64(text) === bytes
}

const readBase64 = (text: string): string | undefined =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('hex') : undefined

const readNumber = (text: string): number | undefined =>
  /^[+-]?[0-9]{1,300}(?:\.[0-9]{1,300})?$/.test(text) ? Number(text) : undefined

type Compare = (value: number, bound: number) => boolean

const ordered =
  (read: (text: string) => number | undefined, compare: Compare): CompileValue =>
  (value) => {
    const bound = read(value)
    return (text) => {
      const number = read(text)
      return bound !== undefined && number !== undefined && compare(number, bound)
    }
  }

const operators = new Map<string, Pick<Operator, 'compile' | 'family' | 'negated'>>()

const define = (family: Operator['family'], compile: CompileValue | null, positive: string, negative?: string) => {
  operators.set(positive.toLowerCase(), { family, compile, negated: false })
  if (negative) operators.set(negative.toLowerCase(), { family, compile, negated: true })
}

define('String', equalText, 'StringEquals', 'StringNotEquals')
define('String', equalTextAnyCase, 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase')
define('String', likeText, 'StringLike', 'StringNotLike')
define('Bool', equalBool, 'Bool')
define('Binary', equalBytes, 'BinaryEquals')
define('IpAddress', compileIpRange, 'IpAddress', 'NotIpAddress')
define('Arn', likeArn, 'ArnEquals', 'ArnNotEquals')
define('Arn', likeArn, 'ArnLike', 'ArnNotLike')
define('Null', null, 'Null')

const comparisons: Record<string, Compare> = {
  LessThan: (value, bound) => value < bound,
  LessThanEquals: (value, bound) => value <= bound,
  GreaterThan: (value, bound) => value > bound,
  GreaterThanEquals: (value, bound) => value >= bound,
}

const defineOrdered = (family: Operator['family'], read: (text: string) => number | undefined) => {
  const equal = ordered(read, (value, bound) => value === bound)
  define(family, equal, `${family}Equals`, `${family}NotEquals`)
  for (const [name, compare] of Object.entries(comparisons)) define(family, ordered(read, compare), family + name)
}

defineOrdered('Numeric', readNumber)
defineOrdered('Date', readDate)
