import { toBase64 } from './json-encoder.ts'
import type { Members, Schema } from './schema.ts'
import { escapeXml } from './xml-text.ts'

/** How a service prints times: whole seconds, or milliseconds when there are any. */
export type TimePrecision = 'seconds' | 'milliseconds'

/**
 * Compiles a schema into the function that writes an operation's output as the elements inside its `…Result`. Absent members
 * are omitted; empty lists are empty elements.
 */
export function compileXmlEncoder(output: Schema, precision: TimePrecision): (value: unknown) => string {
  return structure(output, { precision, structures: new Map() })
}

/** Writes the content of an element. @param value - never null or undefined. */
type Write = (value: unknown) => string

interface Compiling {
  precision: TimePrecision
  structures: Map<unknown, Write>
}

function content(schema: Schema, compiling: Compiling): Write {
  switch (schema.kind) {
    case 'structure':
      return structure(schema, compiling)
    case 'list':
      return items(schema, schema.value.traits.locationName ?? 'member', compiling)
    case 'map':
      return entries(schema, 'entry', compiling)
    case 'blob':
      return (value) => toBase64(value as Uint8Array)
    case 'timestamp':
      return compiling.precision === 'seconds' ? wholeSeconds : withMilliseconds
    default:
      return (value) => escapeXml(String(value))
  }
}

function structure(schema: Schema, compiling: Compiling): Write {
  const known = compiling.structures.get(schema.shape)
  if (known) return known
  const members: { name: string; write: Write }[] = []
  const write: Write = (value) => {
    let written = ''
    for (const { name, write } of members) {
      const part = (value as Members)[name]
      if (part !== undefined && part !== null) written += write(part)
    }
    return written
  }
  compiling.structures.set(schema.shape, write)
  for (const [name, member] of schema.members) members.push({ name, write: memberWriter(name, member, compiling) })
  return write
}

function memberWriter(name: string, schema: Schema, compiling: Compiling): Write {
  const { locationName = name, flattened } = schema.traits
  // A flattened list has no element of its own: each item stands under the member's name.
  if (flattened && schema.kind === 'list') return items(schema, locationName, compiling)
  if (flattened && schema.kind === 'map') return entries(schema, locationName, compiling)
  return element(locationName, content(schema, compiling))
}

function items(schema: Schema, name: string, compiling: Compiling): Write {
  const write = element(name, content(schema.value, compiling))
  return (value) => (value as unknown[]).map(write).join('')
}

function entries(schema: Schema, name: string, compiling: Compiling): Write {
  const writeKey = element(schema.key.traits.locationName ?? 'key', content(schema.key, compiling))
  const writeValue = element(schema.value.traits.locationName ?? 'value', content(schema.value, compiling))
  return (value) =>
    Object.entries(value as Members)
      .map(([key, item]) => `<${name}>${writeKey(key)}${writeValue(item)}</${name}>`)
      .join('')
}

function element(name: string, write: Write): Write {
  const open = `<${name}>`
  const close = `</${name}>`
  return (value) => open + write(value) + close
}

const wholeSeconds: Write = (value) => `${(value as Date).toISOString().slice(0, -'.000Z'.length)}Z`
const withMilliseconds: Write = (value) => (value as Date).toISOString().replace('.000Z', 'Z')
