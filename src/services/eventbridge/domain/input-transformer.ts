import { type BusEvent, eventValue } from './bus-event.ts'
import { parseJsonPath, valueAt } from './json-path.ts'

/** The rule that an event fits, for what templates can say about it. */
export interface TransformedFor {
  ruleArn: string
  ruleName: string
}

const reserved = new Set([
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event',
  'aws.events.event.json',
])

/** Characters. Of what is longer, one more is kept, so that each target refuses it. */
export const mostInput = 2 ** 20

const placeholders = /<([A-Za-z0-9_.-]+)>/g
const placeholderHere = /<([A-Za-z0-9_.-]+)>/y

/** @returns the first placeholder of a template that stands for nothing. */
export function unknownPlaceholder(template: string, paths: Readonly<Record<string, string>>): string | undefined {
  for (const [, name = ''] of template.matchAll(placeholders)) {
    if (!reserved.has(name) && !Object.hasOwn(paths, name)) return name
  }
  return undefined
}

/**
 * Fills a template. Within quotation marks a placeholder is text: strings as they are, other values as their JSON, escaped. Elsewhere it
 * is a JSON value. What an event does not have is the empty text.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function fillTemplate(
  template: string,
  paths: Readonly<Record<string, string>>,
  event: BusEvent,
  about: TransformedFor,
): string {
  const value = eventValue(event)
  const values = new Map<string, unknown>()
  const lookUp = (name: string): unknown => {
    if (!values.has(name)) values.set(name, placeholderValue(name, paths, event, value, about))
    return values.get(name)
  }
  let filled = ''
  let inString = false
  for (let at = 0; at < template.length; at++) {
    const character = template.charAt(at)
    if (character === '<') {
      placeholderHere.lastIndex = at
      const found = placeholderHere.exec(template)
      if (found) {
        filled += written(lookUp(found[1] ?? ''), inString)
        // A template may name the event a hundred times over. No target takes more than this.
        if (filled.length > mostInput) return filled.slice(0, mostInput + 1)
        at += found[0].length - 1
        continue
      }
    }
    if (inString && character === '\\') {
      filled += character + template.charAt(at + 1)
      at += 1
      continue
    }
    if (character === '"') inString = !inString
    filled += character
  }
  return filled
}

function placeholderValue(
  name: string,
  paths: Readonly<Record<string, string>>,
  event: BusEvent,
  value: Record<string, unknown>,
  { ruleArn, ruleName }: TransformedFor,
): unknown {
  switch (name) {
    case 'aws.events.rule-arn':
      return ruleArn
    case 'aws.events.rule-name':
      return ruleName
    case 'aws.events.event.ingestion-time':
      return new Date(event.ingestedAtMs).toISOString()
    case 'aws.events.event':
      return event.envelope
    case 'aws.events.event.json':
      return value
    default: {
      const path = parseJsonPath(paths[name] ?? '')
      return path && valueAt(value, path)
    }
  }
}

function written(value: unknown, inString: boolean): string {
  if (!inString) return JSON.stringify(value ?? '')
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
  return JSON.stringify(text).slice(1, -1)
}
