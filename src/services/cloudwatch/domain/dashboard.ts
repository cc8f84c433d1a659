import type { Tag } from '../../../kit/tags.ts'

/** A dashboard as it is kept: its body as it was given. */
export interface Dashboard {
  name: string
  body: string
  modifiedAtMs: number
  tags: readonly Tag[]
}

/** Dashboards are of an account, in no Region. */
export const dashboardArn = (accountId: string, name: string): string =>
  `arn:aws:cloudwatch::${accountId}:dashboard/${name}`

/** The name of a dashboard of the account that an ARN stands for. */
export function dashboardNameIn(accountId: string, arn: string): string | undefined {
  const prefix = dashboardArn(accountId, '')
  return arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined
}

/** Something that is wrong with the body of a dashboard. */
export interface BodyProblem {
  DataPath: string
  Message: string
}

const mostWidgets = 500
const widgetTypes: ReadonlySet<string> = new Set(['alarm', 'custom', 'explorer', 'log', 'metric', 'text'])
const gridWidth = 24
const mostHeight = 1000

/**
 * Checks the body of a dashboard: structure, places and types of widgets, and what each type needs.
 * @returns what is wrong; an empty list for a good one.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export function problemsOf(body: string): BodyProblem[] {
  const document = parsed(body)
  if (!isObject(document)) return [problem('', 'The dashboard body must be a valid JSON object')]
  const { widgets } = document
  if (!Array.isArray(widgets)) return [problem('/widgets', 'Should be an array')]
  if (widgets.length > mostWidgets) return [problem('/widgets', `Should NOT have more than ${mostWidgets} items`)]
  return widgets.flatMap((widget, place) => problemsOfWidget(widget, `/widgets/${place}`))
}

function problemsOfWidget(widget: unknown, path: string): BodyProblem[] {
  if (!isObject(widget)) return [problem(path, 'Should be object')]
  const { type, properties } = widget
  if (typeof type !== 'string' || !widgetTypes.has(type)) {
    return [problem(`${path}/type`, `Should be equal to one of the allowed values: ${[...widgetTypes].join(', ')}`)]
  }
  return [
    ...numberProblem(widget.x, `${path}/x`, 0, gridWidth - 1),
    ...numberProblem(widget.y, `${path}/y`, 0, Number.MAX_SAFE_INTEGER),
    ...numberProblem(widget.width, `${path}/width`, 1, gridWidth),
    ...numberProblem(widget.height, `${path}/height`, 1, mostHeight),
    ...(isObject(properties)
      ? problemsOfProperties(type, properties, `${path}/properties`)
      : [problem(`${path}/properties`, 'Should be object')]),
  ]
}

function numberProblem(value: unknown, path: string, least: number, most: number): BodyProblem[] {
  if (value === undefined) return []
  if (!Number.isInteger(value)) return [problem(path, 'Should be integer')]
  if ((value as number) < least) return [problem(path, `Should be >= ${least}`)]
  return (value as number) > most ? [problem(path, `Should be <= ${most}`)] : []
}

/** The properties that a type of widget needs: one of each list. */
const needed: Readonly<Record<string, readonly (readonly string[])[]>> = {
  alarm: [['alarms']],
  custom: [['endpoint']],
  explorer: [['metrics'], ['labels']],
  log: [['query'], ['region']],
  metric: [['metrics', 'annotations']],
  text: [['markdown']],
}

function problemsOfProperties(type: string, properties: Record<string, unknown>, path: string): BodyProblem[] {
  const missing = (needed[type] ?? []).filter((names) => names.every((name) => properties[name] === undefined))
  const problems = missing.map((names) => problem(path, `Should have required property '${names.join("' or '")}'`))
  const { metrics } = properties
  if (type !== 'metric' || metrics === undefined) return problems
  if (!Array.isArray(metrics)) return [...problems, problem(`${path}/metrics`, 'Should be array')]
  return [
    ...problems,
    ...metrics.flatMap((metric, place) =>
      Array.isArray(metric) && metric.length > 0
        ? []
        : [problem(`${path}/metrics/${place}`, 'Should be an array with at least 1 item')],
    ),
  ]
}

const problem = (DataPath: string, Message: string): BodyProblem => ({ DataPath, Message })

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
