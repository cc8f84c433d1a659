import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import { expressionError, notSupported, validationError } from './errors.ts'
import { type Expression, MathError, readExpression } from './math/expression.ts'
import { checkDimensions } from './metric-data.ts'
import { isPeriod } from './retention.ts'
import type { MetricIdentity } from './series.ts'
import { readStatistic, type Statistic } from './statistic.ts'

/** A query of metric data, checked. */
export type CheckedQuery = MetricQuery | ExpressionQuery

interface QueryHead {
  id: string
  label: string | undefined
  returnsData: boolean
}

export interface MetricQuery extends QueryHead {
  kind: 'metric'
  metric: MetricIdentity
  periodSeconds: number
  /** The name of the statistic, and how it is read. */
  stat: string
  statistic: Statistic
  unit: string | undefined
}

export interface ExpressionQuery extends QueryHead {
  kind: 'expression'
  expression: Expression
  text: string
}

const mostQueries = 500
const idForm = /^[a-z]\w*$/

/**
 * Checks the queries of a request.
 * @param accountId - the caller's: no account shares its metrics with another here.
 * @param at - the name of the list in messages.
 * @throws ServiceError ValidationException and others, of the first that is wrong.
 */
export function checkQueries(queries: readonly MetricDataQuery[], accountId: string, at: string): CheckedQuery[] {
  if (queries.length > mostQueries) {
    throw validationError(`The collection ${at} must not have a size greater than ${mostQueries}.`)
  }
  const checked = queries.map((query, place) => checkQuery(query, accountId, `${at}.member.${place + 1}`))
  if (new Set(checked.map(({ id }) => id)).size < checked.length) {
    throw validationError(`The values for parameter id in ${lowerFirst(at)} are not unique.`)
  }
  return checked
}

function checkQuery(query: MetricDataQuery, accountId: string, at: string): CheckedQuery {
  const { Id: id = '', MetricStat, Expression, Label: label, ReturnData: returnsData = true } = query
  if (!idForm.test(id)) {
    throw validationError(
      `The value ${id} for parameter ${at}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
    )
  }
  if (query.AccountId !== undefined && query.AccountId !== accountId) {
    throw validationError(`The account ${query.AccountId} does not share its metrics with the account ${accountId}.`)
  }
  if (MetricStat && Expression !== undefined) {
    throw validationError(
      `The parameters ${at}.MetricStat and ${at}.Expression are mutually exclusive and you have specified both.`,
    )
  }
  const head = { id, label, returnsData }
  if (Expression !== undefined) {
    checkPeriod(query.Period, `${at}.Period`)
    return { kind: 'expression', ...head, expression: readChecked(id, Expression), text: Expression }
  }
  if (!MetricStat) {
    throw validationError(`Either of the parameters ${at}.MetricStat and ${at}.Expression must be specified.`)
  }
  if (query.Period !== undefined) {
    throw validationError(`The parameter ${at}.Period can be used only with an expression.`)
  }
  return { kind: 'metric', ...head, ...checkMetricStat(MetricStat, `${at}.MetricStat`) }
}

function checkMetricStat(
  { Metric, Period, Stat = '', Unit: unit }: NonNullable<MetricDataQuery['MetricStat']>,
  at: string,
): Pick<MetricQuery, 'metric' | 'periodSeconds' | 'stat' | 'statistic' | 'unit'> {
  const { Namespace: namespace, MetricName: name, Dimensions } = Metric ?? {}
  if (!namespace) throw validationError(`The parameter ${at}.Metric.Namespace is required.`)
  if (!name) throw validationError(`The parameter ${at}.Metric.MetricName is required.`)
  checkPeriod(Period, `${at}.Period`)
  const statistic = readStatistic(Stat)
  if (!statistic) throw notSupported(Stat, `${at}.Stat`)
  const dimensions = checkDimensions(Dimensions, `${at}.Metric.Dimensions`)
  return { metric: { namespace, name, dimensions }, periodSeconds: Period ?? 60, stat: Stat, statistic, unit }
}

function checkPeriod(period: number | undefined, at: string): void {
  if (period === undefined || isPeriod(period)) return
  throw validationError(`The parameter ${at} must be 1, 5, 10, 20, 30, or a multiple of 60.`)
}

/** Reads an expression. Queries of Metrics Insights (`SELECT …`) and searches are refused. */
function readChecked(id: string, text: string): Expression {
  if (/^\s*SELECT\s/i.test(text)) throw expressionError(id, 'Strongroom does not support Metrics Insights queries.')
  try {
    return readExpression(text)
  } catch (error) {
    throw error instanceof MathError ? expressionError(id, error.message) : error
  }
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)
