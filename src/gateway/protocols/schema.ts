import { NormalizedSchema } from '@smithy/core/schema'
import type { OperationSchema } from './protocol.ts'

/** The kinds of values that the protocols carry. */
export type Kind = 'structure' | 'list' | 'map' | 'string' | 'number' | 'boolean' | 'blob' | 'timestamp'

/** Members of a structure by name, decoded or about to be encoded. */
export type Members = Record<string, unknown>

/** Which members of an operation's input or output are in the body of the message. */
export type BodyMembers = (member: NormalizedSchema) => boolean

export const operationName = (schema: OperationSchema): string => String(schema[2])

/** Schema of an operation's input; a unit schema when it has none. */
export const inputOf = (schema: OperationSchema): NormalizedSchema => NormalizedSchema.of(schema[4] as never)

/** Schema of an operation's output; undefined when it has none. */
export function outputOf(schema: OperationSchema): NormalizedSchema | undefined {
  const output = NormalizedSchema.of(schema[5] as never)
  return output.isUnitSchema() ? undefined : output
}

/** `[3, namespace, name, traits, member names, member schemas, how many of the names, from the first, are required]` */
export function requiredMembers(structure: NormalizedSchema): ReadonlySet<string> {
  const [, , , , names, , count = 0] = structure.getSchema() as unknown as StructureTuple
  return new Set(names.slice(0, count))
}

type StructureTuple = readonly [number, string, string, unknown, readonly string[], unknown, number?]

/**
 * What a schema describes.
 * @throws Error for what no service here has in its requests and answers: documents, event streams, big numbers.
 */
export function kindOf(schema: NormalizedSchema): Kind {
  // Lists and maps that may hold null occur in no service here; everywhere null is absent or refused.
  if (schema.getMergedTraits().sparse) throw new Error(`no protocol knows the sparse ${schema.getName(true)}`)
  if (schema.isStructSchema()) return 'structure'
  if (schema.isListSchema()) return 'list'
  if (schema.isMapSchema()) return 'map'
  if (schema.isStringSchema()) return 'string'
  if (schema.isNumericSchema()) return 'number'
  if (schema.isBooleanSchema()) return 'boolean'
  // A stream of bytes that is a whole body has come in, and goes out, in one piece.
  if (schema.isBlobSchema() && (!schema.isStreaming() || schema.getMergedTraits().httpPayload)) return 'blob'
  // Formats that a trait sets (date-time, http-date) occur in REST bindings alone.
  if (schema.getSchema() === timestampInProtocolFormat) return 'timestamp'
  throw new Error(`no protocol knows the schema of ${schema.getName(true)}`)
}

const timestampInProtocolFormat = 4

/**
 * Whether a structure's member is a number that may have a fraction, or a map of such: the SDK's schemas have one kind of
 * number.
 * `scripts/generate-constraints.py` reads the service models and stops at a fraction that is not listed here.
 */
export const hasFractions = (structure: NormalizedSchema, member: string): boolean =>
  fractions.has(`${structure.getName(true)}$${member}`)

const fractions = new Set([
  'com.amazonaws.lambda#AliasRoutingConfiguration$AdditionalVersionWeights',
  'com.amazonaws.lambda#LambdaManagedInstancesCapacityProviderConfig$ExecutionEnvironmentMemoryGiBPerVCpu',
  'com.amazonaws.lambda#TargetTrackingScalingPolicy$TargetValue',
])

/** Method, path template and status of a REST operation. */
export function httpTraits(schema: OperationSchema): { method: string; uri: string; status: number } {
  const [method, uri, status] = (schema[3] as { http: readonly [string, string, number] }).http
  return { method, uri, status }
}

/** `[-3, namespace, name, traits, member names, member schemas]` */
type ErrorSchema = readonly [number, string, string, unknown, readonly string[], (readonly unknown[])?]

/** The shape of an error, as a client module declares it under its code. */
export function errorSchema(code: string, schemas: Record<string, unknown> | undefined): ErrorSchema | undefined {
  const schema = schemas && Object.hasOwn(schemas, `${code}$`) ? schemas[`${code}$`] : undefined
  return Array.isArray(schema) && schema[0] === -3 ? (schema as unknown as ErrorSchema) : undefined
}

/** Does a compilation once for each operation. */
export function oncePerOperation<T>(compile: (schema: OperationSchema) => T): (schema: OperationSchema) => T {
  const compiled = new WeakMap<OperationSchema, { result: T }>()
  return (schema) => {
    let entry = compiled.get(schema)
    if (!entry) {
      entry = { result: compile(schema) }
      compiled.set(schema, entry)
    }
    return entry.result
  }
}
