import type { BodyMembers, Members, Schema } from './schema.ts'

/**
 * Compiles a schema into the function that turns an operation's output into what JSON.stringify writes as AWS does: members
 * of the schema alone, absent ones omitted, times as epoch seconds with milliseconds, bytes as base64.
 * @param holds - which members of the outermost structure are in the body; default: all.
 */
export function compileJsonEncoder(output: Schema, holds?: BodyMembers): (value: unknown) => unknown {
  return structure(output, new Map(), holds)
}

/** @param value - never null or undefined. */
type Encode = (value: unknown) => unknown

type Structures = Map<unknown, Encode>

function compile(schema: Schema, structures: Structures): Encode {
  switch (schema.kind) {
    case 'structure':
      return structure(schema, structures)
    case 'list': {
      const encode = compile(schema.value, structures)
      return (value) => (value as unknown[]).map(encode)
    }
    case 'map':
      return map(compile(schema.value, structures))
    case 'blob':
      return (value) => toBase64(value as Uint8Array)
    case 'timestamp':
      return (value) => (value as Date).getTime() / 1000
    case 'integer':
    case 'fraction':
      // JSON has no infinities; Smithy writes them as words.
      return (value) => (Number.isFinite(value) ? value : String(value))
    default:
      return (value) => value
  }
}

function structure(schema: Schema, structures: Structures, holds?: BodyMembers): Encode {
  const known = holds ? undefined : structures.get(schema.shape)
  if (known) return known
  const members: { name: string; encode: Encode }[] = []
  const encode: Encode = (value) => {
    const encoded: Members = {}
    for (const { name, encode } of members) {
      const part = (value as Members)[name]
      if (part !== undefined && part !== null) encoded[name] = encode(part)
    }
    return encoded
  }
  if (!holds) structures.set(schema.shape, encode)
  for (const [name, member] of schema.members) {
    if (!holds || holds(member)) members.push({ name, encode: compile(member, structures) })
  }
  return encode
}

function map(encodeValue: Encode): Encode {
  return (value) => {
    const encoded: Members = Object.create(null)
    for (const [key, item] of Object.entries(value as Members)) encoded[key] = encodeValue(item)
    return encoded
  }
}

/** Of any bytes, whatever view they come in. */
export const toBase64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')
