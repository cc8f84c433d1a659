import { ServiceError } from '../../core/service-error.ts'
import { decodeBase64 } from './base64.ts'
import { numberWords } from './number-text.ts'
import type { BodyMembers, Kind, Members, Schema } from './schema.ts'
import { readTime } from './times.ts'

/** AWS's error for a body that is not JSON, or not of the types of the service model. Often without a message. */
export const serializationException = (message?: string) => new ServiceError('SerializationException', 400, message)

/**
 * Compiles a schema into the function that turns parsed JSON into an operation's input: members of the schema alone, `null`
 * as absent, types checked with AWS's texts (as recorded from services on the current JSON front end).
 * In maps a `null` value stays, for the validator to refuse; in lists it is dropped.
 * @param holds - which members of the outermost structure are in the body; default: all.
 * @param scalars - how values other than structures, lists and maps stand in the document; default: as in JSON.
 * @throws Error when the schema has a kind of value that JSON requests do not.
 */
export function compileJsonDecoder(
  input: Schema | undefined,
  holds?: BodyMembers,
  scalars: Scalars = jsonScalars,
): (document: unknown) => Members {
  const decode: Decode = input ? structure(input, { structures: new Map(), scalars }, holds) : () => ({})
  return (document) => {
    if (Array.isArray(document)) throw serializationException('Start of list found where not expected')
    if (typeof document !== 'object' || document === null) throw serializationException()
    return decode(document) as Members
  }
}

/** Nesting needs no bound here: `readJsonBody` has one. @param value - never null or undefined. */
type Decode = (value: unknown) => unknown

/** Readers of the values of each kind. @throws ServiceError SerializationException. */
export type Scalars = Record<Exclude<Kind, 'structure' | 'list' | 'map'>, (value: unknown, schema: Schema) => unknown>

interface Compiling {
  structures: Map<unknown, Decode>
  scalars: Scalars
}

function compile(schema: Schema, compiling: Compiling): Decode {
  switch (schema.kind) {
    case 'structure':
      return structure(schema, compiling)
    case 'list':
      return list(schema, compiling)
    case 'map':
      return map(schema, compiling)
    default:
      return scalar(schema, compiling.scalars[schema.kind])
  }
}

function structure(schema: Schema, compiling: Compiling, holds?: BodyMembers): Decode {
  const known = holds ? undefined : compiling.structures.get(schema.shape)
  if (known) return known
  const members: { name: string; decode: Decode }[] = []
  const className = schema.qualifiedName
  const decode: Decode = (value) => {
    if (typeof value !== 'object' || isScalar(value)) throw serializationException('Unexpected field type')
    if (Array.isArray(value)) throw serializationException(`Unrecognized collection type class ${className}`)
    const decoded: Members = {}
    for (const { name, decode } of members) {
      const part = (value as Members)[name]
      if (part !== undefined && part !== null) decoded[name] = decode(part)
    }
    return decoded
  }
  // Known before its members are looked at, which may be structures of its own kind.
  if (!holds) compiling.structures.set(schema.shape, decode)
  for (const [name, member] of schema.members) {
    if (holds && !holds(member)) continue
    if (name in Object.prototype) throw new Error(`${className} has a member that every object has: ${name}`)
    members.push({ name, decode: compile(member, compiling) })
  }
  return decode
}

// Documents that are not JSON have bytes and times of their own.
const isScalar = (value: unknown) => value instanceof Uint8Array || value instanceof Date

function list(schema: Schema, compiling: Compiling): Decode {
  const decodeItem = element(schema.value, compiling)
  return (value) => {
    if (!Array.isArray(value)) throw notCollection(value)
    const decoded: unknown[] = []
    for (const item of value) {
      if (item !== null) decoded.push(decodeItem(item))
    }
    return decoded
  }
}

function map(schema: Schema, compiling: Compiling): Decode {
  const decodeValue = element(schema.value, compiling)
  const valueType = schema.value.kind === 'string' ? 'java.lang.String' : schema.value.qualifiedName
  return (value) => {
    if (Array.isArray(value)) {
      throw serializationException(`Unrecognized collection type java.util.Map<java.lang.String, ${valueType}>`)
    }
    if (typeof value !== 'object' || isScalar(value)) throw notCollection(value)
    // The keys are the caller's words, `__proto__` among them.
    const decoded: Members = Object.create(null)
    for (const key of Object.keys(value as Members)) {
      if (!key.isWellFormed()) throw serializationException()
      const item = (value as Members)[key]
      decoded[key] = item === null ? null : decodeValue(item)
    }
    return decoded
  }
}

/** Of a list's items or a map's values, where AWS words a scalar in place of a structure differently. */
function element(schema: Schema, compiling: Compiling): Decode {
  const decode = compile(schema, compiling)
  if (schema.kind !== 'structure') return decode
  return (value) => {
    if (typeof value !== 'object') throw serializationException('Unexpected value type in payload')
    return decode(value)
  }
}

const scalar =
  (schema: Schema, read: (value: unknown, schema: Schema) => unknown): Decode =>
  (value) =>
    read(value, schema)

export const jsonScalars = {
  string(value: unknown): string {
    if (typeof value !== 'string') throw notScalar(value, 'java.lang.String', 'String')
    // A lone surrogate has no UTF-8 form: two texts that differ would become one when hashed, signed or authenticated.
    if (!value.isWellFormed()) throw serializationException()
    return value
  },
  integer(value: unknown): number {
    if (typeof value !== 'number') throw notScalar(value, 'java.lang.Integer', 'Integer')
    if (!Number.isFinite(value)) throw serializationException()
    // AWS cuts fractions off.
    return Math.trunc(value)
  },
  fraction(value: unknown): number {
    const word = numberWords.get(value)
    if (word !== undefined) return word
    if (typeof value !== 'number') throw notScalar(value, 'java.lang.Double', 'Double')
    if (!Number.isFinite(value)) throw serializationException()
    return value
  },
  boolean(value: unknown): boolean {
    if (typeof value === 'string') throw serializationException('Unexpected token received from parser')
    if (typeof value !== 'boolean') throw notScalar(value, 'java.lang.Boolean', 'Boolean')
    return value
  },
  blob(value: unknown): Uint8Array {
    if (typeof value === 'string') return decodeBase64(value, serializationException)
    if (typeof value === 'object') throw notScalar(value, 'java.nio.ByteBuffer', 'Blob')
    throw serializationException('only base-64-encoded strings are convertible to bytes')
  },
  timestamp(value: unknown, { traits }: Schema): Date {
    const { timestampFormat: format = 'unixTimestamp' } = traits
    if (format !== 'unixTimestamp' && typeof value === 'string') {
      const date = readTime(value, format)
      if (Number.isNaN(date.getTime())) throw serializationException()
      return date
    }
    if (typeof value !== 'number') throw notScalar(value, 'java.util.Date', 'milliseconds since epoch')
    const date = new Date(Math.round(value * 1000))
    if (Number.isNaN(date.getTime())) throw serializationException()
    return date
  },
}

function notScalar(value: unknown, javaClass: string, type: string): ServiceError {
  if (Array.isArray(value)) return serializationException(`Unrecognized collection type class ${javaClass}`)
  if (typeof value === 'object') return serializationException('Start of structure or map found where not expected')
  return serializationException(`${token(value)} cannot be converted to ${type}`)
}

const notCollection = (value: unknown) =>
  serializationException(
    typeof value === 'object' ? 'Start of structure or map found where not expected' : 'Unexpected field type',
  )

/** The scalar as AWS's JSON reader calls it. */
function token(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE'
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE'
  return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE'
}
