import type { BodyMembers, Members, Schema } from './schema.ts'
import { writeTime } from './times.ts'

/**
 * Compiles a schema into the function that turns an operation's output into what JSON.stringify writes as AWS does: members
 * of the schema alone, absent ones omitted, times as epoch seconds with milliseconds, bytes as base64.
 * @param holds - which members of the outermost structure are in the body; default: all.
 * @param scalars - how bytes, times and numbers stand in the document; default: as in JSON.
 */
export function compileJsonEncoder(
  output: Schema,
  holds?: BodyMembers,
  scalars: ScalarEncoders = jsonScalars,
): (value: unknown) => unknown {
  return structure(output, { structures: new Map(), scalars }, holds)
}

export type ScalarEncoders = Record<'blob' | 'timestamp' | 'number', (value: unknown, schema: Schema) => unknown>

const jsonScalars: ScalarEncoders = {
  blob: (value) => toBase64(value as Uint8Array),
  timestamp(value, { traits }) {
    const { timestampFormat: format = 'unixTimestamp' } = traits
    return format === 'unixTimestamp' ? (value as Date).getTime() / 1000 : writeTime[format](value)
  },
  // JSON has no infinities; Smithy writes them as words.
  number: (value) => (Number.isFinite(value) ? value : String(value)),
}

/** @param value - never null or undefined. */
type Encode = (value: unknown) => unknown

interface Compiling {
  structures: Map<unknown, Encode>
  scalars: ScalarEncoders
}

function compile(schema: Schema, compiling: Compiling): Encode {
  switch (schema.kind) {
    case 'structure':
      return structure(schema, compiling)
    case 'list': {
      const encode = compile(schema.value, compiling)
      return (value) => (value as unknown[]).map(encode)
    }
    case 'map':
      return map(compile(schema.value, compiling))
    case 'blob':
      return (value) => compiling.scalars.blob(value, schema)
    case 'timestamp':
      return (value) => compiling.scalars.timestamp(value, schema)
    case 'integer':
    case 'fraction':
      return (value) => compiling.scalars.number(value, schema)
    default:
      return (value) => value
  }
}

function structure(schema: Schema, compiling: Compiling, holds?: BodyMembers): Encode {
  const known = holds ? undefined : compiling.structures.get(schema.shape)
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
  if (!holds) compiling.structures.set(schema.shape, encode)
  for (const [name, member] of schema.members) {
    if (!holds || holds(member)) members.push({ name, encode: compile(member, compiling) })
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

/** Encodes any bytes, whatever view they come in. */
export const toBase64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')
