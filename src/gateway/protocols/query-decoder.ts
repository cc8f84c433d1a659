import { decodeBase64 } from './base64.ts'
import { type FormNode, malformedInput } from './form.ts'
import { numberWords, readFraction, readInteger } from './number-text.ts'
import type { Members, Schema, Traits } from './schema.ts'
import { readTime } from './times.ts'

/**
 * Compiles a schema into the function that turns a form's tree into an operation's input: members of the schema alone, lists
 * `Name.member.N` (renamed or flattened by traits), maps `Name.entry.N.key|value`, `Name=` for an empty list.
 * @param naming - what members and the numbers of items are called; default: as in the query protocol.
 * @throws Error when the schema has a kind of value that forms do not.
 */
export function compileQueryDecoder(
  input: Schema | undefined,
  naming: FormNaming = queryNaming,
): (form: FormNode) => Members {
  const decode: Decode = input ? structure(input, { structures: new Map(), naming }) : () => ({})
  return (form) => decode(form) as Members
}

type Decode = (node: FormNode) => unknown

/** The names of a value's parts in a form. */
export interface FormNaming {
  member(name: string, traits: Traits): string
  /** What stands between a list's name and the number of an item; undefined for nothing. */
  beforeNumber(list: Schema): string | undefined
}

const queryNaming: FormNaming = {
  member: (name, { locationName = name }) => locationName,
  beforeNumber: ({ traits, value }) => (traits.flattened ? undefined : (value.traits.locationName ?? 'member')),
}

interface Compiling {
  structures: Map<unknown, Decode>
  naming: FormNaming
}

function compile(schema: Schema, compiling: Compiling): Decode {
  const { kind } = schema
  switch (kind) {
    case 'structure':
      return structure(schema, compiling)
    case 'list':
      return list(schema, compiling)
    case 'map':
      return map(schema, compiling)
    default: {
      const decode = kind === 'timestamp' ? (text: string) => time(text, schema) : scalars[kind]
      return ({ value, children }) => {
        // AWS's words for `UserName.x=…`, whatever x is.
        if (children || value === undefined) throw malformedInput('Start of list found where not expected')
        return decode(value)
      }
    }
  }
}

// Depth needs no bound here: formTree has one.
function structure(schema: Schema, compiling: Compiling): Decode {
  const known = compiling.structures.get(schema.shape)
  if (known) return known
  const members: { name: string; key: string; decode: Decode }[] = []
  const decode: Decode = ({ value, children }) => {
    if (value) throw malformedInput('Unexpected complex element termination')
    const decoded: Members = {}
    for (const { name, key, decode } of members) {
      const node = children?.get(key)
      if (node) decoded[name] = decode(node)
    }
    return decoded
  }
  // Known before its members are looked at, which may be structures of its own kind.
  compiling.structures.set(schema.shape, decode)
  for (const [name, member] of schema.members) {
    members.push({ name, key: compiling.naming.member(name, member.traits), decode: compile(member, compiling) })
  }
  return decode
}

function list(schema: Schema, compiling: Compiling): Decode {
  const decodeItem = compile(schema.value, compiling)
  const prefix = compiling.naming.beforeNumber(schema)
  return (node) => numbered(node, prefix).map(decodeItem)
}

function map(schema: Schema, compiling: Compiling): Decode {
  const { key: keySchema, value: valueSchema } = schema
  const decodeKey = compile(keySchema, compiling)
  const decodeValue = compile(valueSchema, compiling)
  const keyName = keySchema.traits.locationName ?? 'key'
  const valueName = valueSchema.traits.locationName ?? 'value'
  const prefix = schema.traits.flattened ? undefined : 'entry'
  return (node) => {
    // The keys are the caller's words, `__proto__` among them.
    const decoded: Members = Object.create(null)
    for (const { children } of numbered(node, prefix)) {
      const key = children?.get(keyName)
      const value = children?.get(valueName)
      if (!key) throw malformedInput('Unexpected complex element termination')
      decoded[String(decodeKey(key))] = value ? decodeValue(value) : null
    }
    return decoded
  }
}

/** The nodes of `Name.member.N`, by N; gaps close up. `Name=` alone has none. */
function numbered(node: FormNode, prefix: string | undefined): FormNode[] {
  if (node.value) throw malformedInput('Unexpected list element termination')
  const children = prefix === undefined ? node.children : inner(node, prefix)?.children
  if (!children) return []
  return [...children]
    .map(([index, item]) => ({ position: positionOf(index), item }))
    .sort((a, b) => a.position - b.position)
    .map(({ item }) => item)
}

function inner({ children }: FormNode, prefix: string): FormNode | undefined {
  if (!children) return undefined
  const child = children.get(prefix)
  if (!child || children.size > 1) throw malformedInput('Top level element may not be treated as a list')
  if (child.value) throw malformedInput('Unexpected list element termination')
  return child
}

/** @throws ServiceError MalformedInput in the words recorded from query services. */
function positionOf(index: string): number {
  if (/^[1-9]\d{0,8}$/.test(index)) return Number(index)
  if (!/^\d+$/.test(index)) throw malformedInput('Start of list found where not expected')
  if (/^0+$/.test(index)) throw malformedInput('0 is not a valid index')
  throw malformedInput(index.startsWith('0') ? 'Value found where not expected' : 'Index is illegal')
}

const scalars = {
  string(text: string): string {
    return text
  },
  integer(text: string): number {
    const number = readInteger(text)
    if (number === undefined) throw malformedInput('The value of an integer parameter is not an integer')
    return number
  },
  fraction(text: string): number {
    const number = numberWords.get(text) ?? readFraction(text)
    if (number === undefined) throw malformedInput('The value of a number parameter is not a number')
    return number
  },
  boolean(text: string): boolean {
    if (text === 'true' || text === '1') return true
    if (text === 'false' || text === '0') return false
    throw malformedInput(text === '' ? 'missing value for boolean type' : 'boolean must follow xsd1.1 definition')
  },
  blob(text: string): Uint8Array {
    return decodeBase64(text, malformedInput)
  },
}

/** In the format of the model; forms have ISO 8601 where it states none. */
function time(text: string, { traits }: Schema): Date {
  const { timestampFormat: format = 'iso8601' } = traits
  const date = format !== 'iso8601' || iso8601.test(text) ? readTime(text, format) : undefined
  if (!date || Number.isNaN(date.getTime())) throw malformedInput('timestamp must follow ISO8601')
  return date
}

const iso8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/
