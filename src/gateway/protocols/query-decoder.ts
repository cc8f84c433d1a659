import { decodeBase64 } from './base64.ts'
import { type FormNode, malformedInput } from './form.ts'
import type { Members, Schema } from './schema.ts'

/**
 * Compiles a schema into the function that turns a form's tree into an operation's input: members of the schema alone, lists
 * `Name.member.N` (renamed or flattened by traits), maps `Name.entry.N.key|value`, `Name=` for an empty list.
 * @throws Error when the schema has a kind of value that forms do not.
 */
export function compileQueryDecoder(input: Schema | undefined): (form: FormNode) => Members {
  const decode: Decode = input ? structure(input, new Map()) : () => ({})
  return (form) => decode(form) as Members
}

type Decode = (node: FormNode) => unknown

type Structures = Map<unknown, Decode>

function compile(schema: Schema, structures: Structures): Decode {
  const { kind } = schema
  switch (kind) {
    case 'structure':
      return structure(schema, structures)
    case 'list':
      return list(schema, structures)
    case 'map':
      return map(schema, structures)
    default: {
      const decode = scalars[kind]
      return ({ value, children }) => {
        // AWS's words for `UserName.x=…`, whatever x is.
        if (children || value === undefined) throw malformedInput('Start of list found where not expected')
        return decode(value)
      }
    }
  }
}

// Depth needs no bound here: formTree has one.
function structure(schema: Schema, structures: Structures): Decode {
  const known = structures.get(schema.shape)
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
  structures.set(schema.shape, decode)
  for (const [name, member] of schema.members) {
    members.push({ name, key: member.traits.locationName ?? name, decode: compile(member, structures) })
  }
  return decode
}

function list(schema: Schema, structures: Structures): Decode {
  const decodeItem = compile(schema.value, structures)
  const prefix = schema.traits.flattened ? undefined : (schema.value.traits.locationName ?? 'member')
  return (node) => numbered(node, prefix).map(decodeItem)
}

function map(schema: Schema, structures: Structures): Decode {
  const { key: keySchema, value: valueSchema } = schema
  const decodeKey = compile(keySchema, structures)
  const decodeValue = compile(valueSchema, structures)
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
    if (!/^[+-]?\d{1,15}$/.test(text)) throw malformedInput('The value of an integer parameter is not an integer')
    return Number(text)
  },
  fraction(text: string): number {
    if (!/^[+-]?\d{1,15}(\.\d{1,15})?(e[+-]?\d{1,3})?$/i.test(text)) {
      throw malformedInput('The value of a number parameter is not a number')
    }
    return Number(text)
  },
  boolean(text: string): boolean {
    if (text === 'true' || text === '1') return true
    if (text === 'false' || text === '0') return false
    throw malformedInput(text === '' ? 'missing value for boolean type' : 'boolean must follow xsd1.1 definition')
  },
  blob(text: string): Uint8Array {
    return decodeBase64(text, malformedInput)
  },
  timestamp(text: string): Date {
    const date = iso8601.test(text) ? new Date(text) : undefined
    if (!date || Number.isNaN(date.getTime())) throw malformedInput('timestamp must follow ISO8601')
    return date
  },
}

const iso8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/
