import { elementOrderOf } from '../../core/services/element-order.ts'
import { toBase64 } from './json-encoder.ts'
import type { BodyMembers, Members, Schema, Traits } from './schema.ts'
import { writeTime } from './times.ts'
import { escapeXml } from './xml-text.ts'

/** The precision of a service's times: whole seconds, milliseconds when there are any, or three digits of them in any case. */
export type TimePrecision = 'seconds' | 'milliseconds' | 'three-digits'

/** That of services of the query protocol. */
export type QueryPrecision = Exclude<TimePrecision, 'three-digits'>

/**
 * Compiles a schema into the function that writes an operation's output as the elements inside its `…Result`. Absent members
 * are omitted; empty lists are empty elements.
 * @param holds - which members of the outermost structure are in the body; default: all.
 */
export function compileXmlEncoder(
  output: Schema,
  precision: TimePrecision,
  holds?: BodyMembers,
): (value: unknown) => string {
  return structure(output, { precision, structures: new Map() }, holds)
}

/**
 * Compiles a schema into the function that writes a value as one element, with its attributes and its namespace.
 * @param xmlNamespace - of the element, where the model gives it none.
 */
export function compileXmlElement(
  name: string,
  schema: Schema,
  {
    precision,
    holds,
    xmlNamespace,
  }: { precision: TimePrecision; holds: BodyMembers | undefined; xmlNamespace: string },
): (value: unknown) => string {
  const compiling = { precision, structures: new Map() }
  const write = holds ? structure(schema, compiling, holds) : content(schema, compiling)
  return wrapped(name, schema, write, schema.traits.xmlNamespace ?? { uri: xmlNamespace })
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
      return timeWriter(schema, compiling)
    default:
      return (value) => escapeXml(String(value))
  }
}

function structure(schema: Schema, compiling: Compiling, holds?: BodyMembers): Write {
  const known = holds ? undefined : compiling.structures.get(schema.shape)
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
  if (!holds) compiling.structures.set(schema.shape, write)
  const lists: Interleaved = new Map()
  for (const [name, member] of schema.members) {
    if (member.traits.xmlAttribute || (holds && !holds(member))) continue
    if (member.kind === 'list' && member.traits.flattened) {
      lists.set(name, element(member.traits.locationName ?? name, member.value, compiling))
    }
    members.push({ name, write: memberWriter(name, member, compiling) })
  }
  return lists.size > 1 ? interleaving(members, lists, write) : write
}

/** How an item of each flattened list is written, by the list's name. */
type Interleaved = Map<string, Write>

/** Writes the items of flattened lists in the order that the value has for them, in the place of the first of these lists. */
function interleaving(members: readonly { name: string; write: Write }[], lists: Interleaved, plain: Write): Write {
  return (value) => {
    const order = elementOrderOf(value as Members)
    if (!order) return plain(value)
    const ordered = new Set(order)
    const next = new Map<string, number>()
    let items = order
      .map((name) => {
        const at = next.get(name) ?? 0
        next.set(name, at + 1)
        return lists.get(name)?.(((value as Members)[name] as unknown[])[at])
      })
      .join('')
    let written = ''
    for (const { name, write } of members) {
      const part = (value as Members)[name]
      if (ordered.has(name)) {
        written += items
        items = ''
      } else if (part !== undefined && part !== null) written += write(part)
    }
    return written
  }
}

function memberWriter(name: string, schema: Schema, compiling: Compiling): Write {
  const { locationName = name, flattened } = schema.traits
  // A flattened list has no element of its own: each item stands under the member's name.
  if (flattened && schema.kind === 'list') return items(schema, locationName, compiling)
  if (flattened && schema.kind === 'map') return entries(schema, locationName, compiling)
  return element(locationName, schema, compiling)
}

function items(schema: Schema, name: string, compiling: Compiling): Write {
  const write = element(name, schema.value, compiling)
  return (value) => (value as unknown[]).map(write).join('')
}

function entries(schema: Schema, name: string, compiling: Compiling): Write {
  const writeKey = element(schema.key.traits.locationName ?? 'key', schema.key, compiling)
  const writeValue = element(schema.value.traits.locationName ?? 'value', schema.value, compiling)
  return (value) =>
    Object.entries(value as Members)
      .map(([key, item]) => `<${name}>${writeKey(key)}${writeValue(item)}</${name}>`)
      .join('')
}

function element(name: string, schema: Schema, compiling: Compiling): Write {
  return wrapped(name, schema, content(schema, compiling), schema.traits.xmlNamespace)
}

function wrapped(name: string, schema: Schema, write: Write, namespace: Traits['xmlNamespace']): Write {
  const open = `<${name}${namespaceText(namespace)}`
  const close = `</${name}>`
  const attributes = attributesOf(schema)
  if (attributes.length === 0) return (value) => `${open}>${write(value)}${close}`
  return (value) => {
    let written = open
    for (const { name, attribute } of attributes) {
      const part = (value as Members)[name]
      if (part !== undefined && part !== null) written += ` ${attribute}="${escapeXml(String(part))}"`
    }
    return `${written}>${write(value)}${close}`
  }
}

/** The members of a structure that are attributes of its element. */
const attributesOf = ({ members }: Schema) =>
  [...members].flatMap(([name, { traits }]) =>
    traits.xmlAttribute ? [{ name, attribute: traits.locationName ?? name }] : [],
  )

const namespaceText = (namespace: Traits['xmlNamespace']) =>
  namespace ? ` xmlns${namespace.prefix ? `:${namespace.prefix}` : ''}="${escapeXml(namespace.uri)}"` : ''

const threeDigits: Write = (value) => (value as Date).toISOString()

/** In the format of the model; XML has ISO 8601 where it states none. */
function timeWriter({ traits }: Schema, { precision }: Compiling): Write {
  const { timestampFormat: format = 'iso8601' } = traits
  if (format !== 'iso8601' || precision === 'milliseconds') return writeTime[format]
  return precision === 'seconds' ? wholeSeconds : threeDigits
}

const wholeSeconds: Write = (value) => `${(value as Date).toISOString().slice(0, -'.000Z'.length)}Z`
