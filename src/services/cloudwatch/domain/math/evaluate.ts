import { type BinaryOperator, type Expression, MathError } from './expression.ts'
import { type MathRange, mathFunctions, unsupportedFunctions } from './functions.ts'
import { combine, listOf, type MathValue, mapped, mapValue, type Series, scalar, single } from './values.ts'

/** What expressions refer to. */
export interface MathScope extends MathRange {
  /** The value of another query; undefined where there is none of that id. */
  resolve(id: string): MathValue | undefined
  /** The series of the queries that are metrics, in the order of the request. */
  metrics: readonly Series[]
}

/** Evaluates an expression. @throws MathError */
export function evaluate(expression: Expression, scope: MathScope): MathValue {
  const value = evaluated(expression, scope)
  // What has a name is counted where it was made.
  if (expression.kind !== 'name') scope.budget.takeValue(value)
  return value
}

function evaluated(expression: Expression, scope: MathScope): MathValue {
  switch (expression.kind) {
    case 'number':
      return scalar(expression.value)
    case 'text':
      return { kind: 'text', value: expression.value }
    case 'name':
      return named(expression.name, scope)
    case 'list':
      return listOf(expression.items.flatMap((item) => listItems(evaluate(item, scope))))
    case 'unary':
      return mapValue(evaluate(expression.operand, scope), expression.operator, unary[expression.operator])
    case 'binary':
      return combine(
        evaluate(expression.left, scope),
        evaluate(expression.right, scope),
        expression.operator,
        binary[expression.operator],
      )
    case 'call':
      return called(expression, scope)
  }
}

const isTrue = (value: number) => value !== 0

const unary = { '-': (value: number) => -value, '!': (value: number) => Number(!isTrue(value)) }

const binary: Readonly<Record<BinaryOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
  '<': (left, right) => Number(left < right),
  '<=': (left, right) => Number(left <= right),
  '>': (left, right) => Number(left > right),
  '>=': (left, right) => Number(left >= right),
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  AND: (left, right) => Number(isTrue(left) && isTrue(right)),
  OR: (left, right) => Number(isTrue(left) || isTrue(right)),
}

/** Words that stand for themselves among a function's arguments. */
const words: ReadonlySet<string> = new Set(['REPEAT', 'LINEAR', 'AVG', 'MAX', 'MIN', 'SUM', 'ASC', 'DESC'])

function named(name: string, scope: MathScope): MathValue {
  const value = scope.resolve(name)
  if (value) return value
  if (words.has(name)) return { kind: 'text', value: name }
  if (name === 'TRUE' || name === 'true') return scalar(1)
  if (name === 'FALSE' || name === 'false') return scalar(0)
  throw new MathError(`No query of the request has the id ${name}.`)
}

function listItems(value: MathValue): readonly Series[] {
  if (value.kind === 'series') return [value.series]
  if (value.kind === 'list') return value.series
  throw new MathError('A list holds time series alone.')
}

function called({ name, arguments: given }: Extract<Expression, { kind: 'call' }>, scope: MathScope): MathValue {
  if (unsupportedFunctions.has(name)) throw new MathError(`Strongroom does not support the function ${name}.`)
  if (name === 'METRICS') return metrics(given, scope)
  const values = given.map((argument) => evaluate(argument, scope))
  if (name === 'IF') return conditional(values)
  const apply = Object.hasOwn(mathFunctions, name) ? mathFunctions[name] : undefined
  if (!apply) throw new MathError(`There is no function ${name}.`)
  // Several numbers or series count as a list: MAX(m1, m2).
  const isVariadic = ['AVG', 'MAX', 'MIN', 'SUM', 'STDDEV'].includes(name) && values.length > 1
  return apply(isVariadic ? [listOf(values.flatMap(listItems))] : values, scope)
}

/** `METRICS()`, or those whose ids contain a text: `METRICS("errors")`. */
function metrics(given: readonly Expression[], scope: MathScope): MathValue {
  const [part] = given
  if (given.length > 1 || (part && part.kind !== 'text')) throw new MathError('METRICS takes no argument, or one text.')
  const wanted = part?.kind === 'text' ? part.value : ''
  return listOf(scope.metrics.filter(({ id }) => id.includes(wanted)))
}

/** `IF(condition, then, otherwise)`: without the last, points at which the condition does not hold are left out. */
function conditional(values: readonly MathValue[]): MathValue {
  const [condition, then, otherwise] = values
  if (!condition || !then || values.length > 3) throw new MathError('IF takes 2 or 3 arguments.')
  if (condition.kind === 'scalar') {
    if (isTrue(condition.value)) return then
    if (!otherwise) throw new MathError('IF has no value for a condition that does not hold.')
    return otherwise
  }
  if (condition.kind !== 'series') throw new MathError('IF needs a number or a time series as its condition.')
  const at = (value: MathValue | undefined, time: number): number | undefined => {
    if (value === undefined) return undefined
    if (value.kind === 'scalar') return value.value
    if (value.kind === 'series') return value.series.points.get(time)
    throw new MathError('IF chooses between numbers and single time series.')
  }
  return single(mapped(condition.series, (value, time) => at(isTrue(value) ? then : otherwise, time)))
}
