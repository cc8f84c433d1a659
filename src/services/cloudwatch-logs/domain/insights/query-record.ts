import { Instant, isMap, type Value } from './values.ts'

/** An event as a query sees it. */
export interface QueryEvent {
  timeMs: number
  ingestedMs: number
  message: string
  /** Of the message, in UTF-8. */
  bytes: number
  /** `111122223333:group` */
  log: string
  logStream: string
  /** Names the event for GetLogRecord. */
  pointer: string
}

/** A row on its way through a query: an event with the fields that were made of it, or what `stats` has made. */
export class QueryRecord {
  readonly event: QueryEvent | undefined
  readonly #made: ReadonlyMap<string, Value>
  #discovered: Record<string, Value> | undefined

  constructor(event: QueryEvent | undefined, made: ReadonlyMap<string, Value> = new Map()) {
    this.event = event
    this.#made = made
  }

  with(made: Iterable<readonly [string, Value]>): QueryRecord {
    const record = new QueryRecord(this.event, new Map([...this.#made, ...made]))
    record.#discovered = this.#discovered
    return record
  }

  get(name: string): Value {
    if (this.#made.has(name)) return this.#made.get(name)
    const { event } = this
    if (event) {
      switch (name) {
        case '@timestamp':
          return new Instant(event.timeMs)
        case '@message':
          return event.message
        case '@logStream':
          return event.logStream
        case '@log':
          return event.log
        case '@ingestionTime':
          return new Instant(event.ingestedMs)
        case '@ptr':
          return event.pointer
      }
      const found = this.#fields()[name]
      if (found !== undefined) return found
    }
    return this.#inside(name)
  }

  /** A member of a map that the query has made: `parsed.user.0`. */
  #inside(name: string): Value {
    for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
      const made = this.#made.get(name.slice(0, dot))
      if (made !== undefined)
        return name
          .slice(dot + 1)
          .split('.')
          .reduce(memberOf, made)
    }
    return undefined
  }

  #fields(): Record<string, Value> {
    this.#discovered ??= discoverFields(this.event?.message ?? '')
    return this.#discovered
  }

  /** All fields: those of the service, those that were found in the message, and those that were made. */
  fields(): [string, Value][] {
    const own = this.event ? [...serviceFields].map((name): [string, Value] => [name, this.get(name)]) : []
    return [...own, ...Object.entries(this.#fields()), ...this.#made]
  }
}

/** Fields that every event has. */
export const serviceFields = ['@timestamp', '@message', '@logStream', '@log', '@ingestionTime', '@ptr']

function memberOf(value: Value, name: string): Value {
  if (Array.isArray(value)) return value[Number(name)]
  return isMap(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** As many as AWS finds in an event. */
const mostFields = 200

/** Finds the fields of a message: of JSON with dots and places, and of the lines that Lambda writes. */
export function discoverFields(message: string): Record<string, Value> {
  const fields: Record<string, Value> = Object.create(null)
  const trimmed = message.trim()
  if (trimmed.startsWith('{') && trimmed.endsWith('}')) {
    try {
      flatten(JSON.parse(trimmed), '', fields, { left: mostFields })
    } catch {
      // Not JSON, though it looks like it.
    }
  } else if (/^(?:START|END|REPORT) RequestId: /.test(message)) lambdaFields(message, fields)
  return fields
}

function flatten(value: unknown, prefix: string, fields: Record<string, Value>, count: { left: number }): void {
  if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      if (count.left <= 0) return
      const path = prefix === '' ? name : `${prefix}.${name}`
      flatten(inner, path, fields, count)
      // Lists can be taken apart by \`unnest\`.
      if (Array.isArray(inner)) fields[path] = inner as Value
    }
  } else {
    fields[prefix] = value as Value
    count.left--
  }
}

const lambdaNumbers: readonly (readonly [string, RegExp, number])[] = [
  ['@duration', /\tDuration: ([\d.]+) ms/, 1],
  ['@billedDuration', /Billed Duration: ([\d.]+) ms/, 1],
  ['@initDuration', /Init Duration: ([\d.]+) ms/, 1],
  ['@memorySize', /Memory Size: (\d+) MB/, 1_000_000],
  ['@maxMemoryUsed', /Max Memory Used: (\d+) MB/, 1_000_000],
]

function lambdaFields(message: string, fields: Record<string, Value>): void {
  const [, type, requestId] = /^(START|END|REPORT) RequestId: (\S+)/.exec(message) ?? []
  fields['@type'] = type
  fields['@requestId'] = requestId
  for (const [name, expression, factor] of lambdaNumbers) {
    const [, found] = expression.exec(message) ?? []
    if (found !== undefined) fields[name] = Number(found) * factor
  }
}
