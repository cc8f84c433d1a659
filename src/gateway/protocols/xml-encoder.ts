import type { NormalizedSchema } from '@smithy/core/schema'
import { toBase64 } from './json-encoder.ts'
import { kindOf, type Members } from './schema.ts'
import { escapeXml } from './xml-text.ts'

/** How a service prints times: whole seconds, or milliseconds when there are any. */
export type TimePrecision = 'seconds' | 'milliseconds'

/**
 * Compiles a schema into the function that writes an operation's output as the elements inside its `…Result`. Absent members
 * are omitted; empty lists are empty elements.
 */
export function compileXmlEncoder(output: NormalizedSchema, precision: TimePrecision): (value: unknown) => string {
  return structure(output, { precision, structures: new Map() })
}

/** Writes the content of an element. @param value - never null or undefined. */
type Write = (value: unknown) => string

interface Compiling {
  precision: TimePrecision
  structures: Map<unknown, Write>
}

function content(schema: NormalizedSchema, compiling: Compiling): Write {
  const kind = kindOf(schema)
  switch (kind) {
    case 'structure':
      return structure(schema, compiling)
    case 'list':
      return items(schema, schema.getValueSchema().getMergedTraits().xmlName ?? 'member', compiling)
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

function structure(schema: NormalizedSchema, compiling: Compiling): Write {
  const known = compiling.structures.get(schema.getSchema())
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
  compiling.structures.set(schema.getSchema(), write)
  for (const [name, member] of schema.structIterator())
    members.push({ name, write: memberWriter(name, member, compiling) })
  return write
}

function memberWriter(name: string, schema: NormalizedSchema, compiling: Compiling): Write {
  const { xmlName = name, xmlFlattened } = schema.getMergedTraits()
  // A flattened list has no element of its own: each item stands under the member's name.
  if (xmlFlattened && schema.isListSchema()) return items(schema, xmlName, compiling)
  if (xmlFlattened && schema.isMapSchema()) return entries(schema, xmlName, compiling)
  return element(xmlName, content(schema, compiling))
}

function items(schema: NormalizedSchema, name: string, compiling: Compiling): Write {
  const write = element(name, content(schema.getValueSchema(), compiling))
  return (value) => (value as unknown[]).map(write).join('')
}

function entries(schema: NormalizedSchema, name: string, compiling: Compiling): Write {
  const keySchema = schema.getKeySchema()
  const valueSchema = schema.getValueSchema()
  const writeKey = element(keySchema.getMergedTraits().xmlName ?? 'key', content(keySchema, compiling))
  const writeValue = element(valueSchema.getMergedTraits().xmlName ?? 'value', content(valueSchema, compiling))
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
