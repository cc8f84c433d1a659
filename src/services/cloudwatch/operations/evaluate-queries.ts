import { setImmediate as nextTurn } from 'node:timers/promises'
import { minuteSeconds, secondMs } from '../../../core/durations.ts'
import type { Scope, Store } from '../../../core/store.ts'
import { expressionError } from '../domain/errors.ts'
import { evaluate } from '../domain/math/evaluate.ts'
import { MathError } from '../domain/math/expression.ts'
import { PointBudget } from '../domain/math/point-budget.ts'
import { inOrder, type MathValue, type Series, single } from '../domain/math/values.ts'
import type { CheckedQuery, ExpressionQuery, MetricQuery } from '../domain/queries.ts'
import { roundedStart } from '../domain/retention.ts'
import { mergedUnits, readPeriods } from '../storage/metric-reader.ts'

export interface QueryRange {
  startMs: number
  endMs: number
  /** By which the age of data is reckoned. */
  nowMs: number
  /** Where the first period of a query begins; default: as GetMetricData rounds it. */
  startOf?(periodSeconds: number): number
}

/**
 * Reads the metrics of queries and evaluates their expressions.
 * @returns the values, by the ids of the queries.
 * @throws ServiceError ValidationException - an expression that cannot be evaluated.
 */
export async function evaluateQueries(
  data: Pick<Store, 'sql' | 'sqlApart'>,
  scope: Scope,
  queries: readonly CheckedQuery[],
  range: QueryRange,
): Promise<ReadonlyMap<string, MathValue>> {
  const { startMs, endMs, nowMs } = range
  const startOf = range.startOf ?? ((periodSeconds: number) => roundedStart(startMs, periodSeconds, nowMs))
  const end = Math.ceil(endMs / secondMs)
  const values = new Map<string, MathValue>()
  const metrics: Series[] = []
  const budget = new PointBudget()
  for (const query of queries) {
    if (query.kind !== 'metric') continue
    const series = await readSeries(data, scope, query, { start: startOf(query.periodSeconds), end }, nowMs)
    metrics.push(series)
    values.set(
      query.id,
      inWords(query.id, () => counted(budget, single(series))),
    )
  }
  const periods = metrics.map((series) => series.periodSeconds)
  const period = periods.length === 0 ? minuteSeconds : Math.min(...periods)
  const expressions = new Map(queries.flatMap((query) => (query.kind === 'expression' ? [[query.id, query]] : [])))
  const resolve = expressionValues(expressions, values, {
    metrics,
    start: startOf(period),
    end,
    periodSeconds: period,
    budget,
  })
  for (const id of expressions.keys()) {
    resolve(id)
    // Other requests have the thread between two expressions.
    await nextTurn()
  }
  return values
}

async function readSeries(
  data: Pick<Store, 'sql' | 'sqlApart'>,
  scope: Scope,
  { id, label, metric, periodSeconds, statistic, unit }: MetricQuery,
  { start, end }: { start: number; end: number },
  nowMs: number,
): Promise<Series> {
  const range = { start, end, periodSeconds, ...(unit !== undefined && { unit }) }
  const periods = mergedUnits(await readPeriods(data, scope, metric, range, nowMs))
  const points = [...periods].flatMap(([at, aggregate]) => {
    const value = statistic(aggregate)
    return value === undefined ? [] : [[at, value] as const]
  })
  return { id, label: label ?? metric.name, periodSeconds, points: inOrder(points) }
}

/** Evaluates each expression once, those that it names before it. */
function expressionValues(
  expressions: ReadonlyMap<string, ExpressionQuery>,
  values: Map<string, MathValue>,
  range: { metrics: readonly Series[]; start: number; end: number; periodSeconds: number; budget: PointBudget },
): (id: string) => MathValue | undefined {
  const underWay = new Set<string>()
  const resolve = (id: string): MathValue | undefined => {
    const known = values.get(id)
    const query = expressions.get(id)
    if (known || !query) return known
    if (underWay.has(id)) throw expressionError(id, 'The expression refers to itself.')
    underWay.add(id)
    const value = inWords(id, () => evaluate(query.expression, { ...range, resolve }))
    values.set(id, value)
    return value
  }
  return resolve
}

function counted(budget: PointBudget, value: MathValue): MathValue {
  budget.takeValue(value)
  return value
}

/** Words what goes wrong with a query. */
function inWords<T>(id: string, evaluate: () => T): T {
  try {
    return evaluate()
  } catch (error) {
    throw error instanceof MathError ? expressionError(id, error.message) : error
  }
}
