import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import type { ProtocolBinding } from '../../core/operation.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { WireRequest, WireResponse } from '../http/wire.ts'
import { type OperationSchema, type Schema, ServiceSchema } from './schema.ts'

const nothing: Omit<
  ServiceDefinition,
  'name' | 'apiVersion' | 'bindings' | 'validationErrorCode' | 'validationShowsValues'
> = {
  title: 'AWS Test',
  principal: 'test.amazonaws.com',
  messageMember: 'message',
  loadModel: async () => ({ apiVersion: '', operations: {}, shapes: {} }),
  operations: {},
}

/** A JSON service as far as protocols and validation look at one. */
export const jsonService = (name: string, protocol: 'awsJson1_0' | 'awsJson1_1' = 'awsJson1_1'): ServiceDefinition => ({
  ...nothing,
  name,
  apiVersion: '2014-11-01',
  bindings: [{ protocol, targetPrefixes: ['Test'] }],
  validationErrorCode: 'ValidationException',
  validationShowsValues: true,
})

/** A query service as far as protocols and validation look at one. */
export function queryService(name: string, apiVersion = '2010-05-08'): ServiceDefinition {
  const xmlNamespace = `https://${name}.amazonaws.com/doc/${apiVersion}/`
  const times = ['iam', 'sts'].includes(name) ? 'seconds' : undefined
  const bindings: ProtocolBinding[] = [{ protocol: 'awsQuery', version: apiVersion, xmlNamespace, times }]
  const showsValues = name !== 'iam'
  return {
    ...nothing,
    name,
    apiVersion,
    bindings,
    validationErrorCode: 'ValidationError',
    validationShowsValues: showsValues,
  }
}

/** A service of REST with XML as far as protocols and validation look at one. */
export const xmlService = (name: string, errors: 'bare' | 'wrapped' = 'bare'): ServiceDefinition => ({
  ...restService(name),
  bindings: [{ protocol: 'restXml', xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/', errors }],
})

/** A service of EC2's protocol as far as protocols and validation look at one. */
export const ec2Service = (): ServiceDefinition => ({
  ...queryService('ec2', '2016-11-15'),
  bindings: [{ protocol: 'ec2Query', version: '2016-11-15', xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15' }],
})

/** A CBOR service as far as protocols and validation look at one. */
export const cborService = (name: string, serviceName: string): ServiceDefinition => ({
  ...restService(name),
  bindings: [{ protocol: 'rpcv2Cbor', serviceName }],
})

/** A REST service as far as protocols and validation look at one. */
export const restService = (name: string): ServiceDefinition => ({
  ...nothing,
  name,
  apiVersion: '2015-03-31',
  bindings: [{ protocol: 'restJson1', paths: /^\/20/ }],
  validationErrorCode: 'ValidationException',
  validationShowsValues: true,
})

export const jsonRequest = (body: string | Uint8Array, contentType = 'application/x-amz-json-1.1'): WireRequest =>
  wireRequest({ headers: { 'content-type': contentType }, body: Buffer.from(body) })

export const formRequest = (form: string | Record<string, string>): WireRequest =>
  wireRequest({
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: Buffer.from(typeof form === 'string' ? form : new URLSearchParams(form).toString()),
  })

export const wireRequest = (parts: Partial<WireRequest>): WireRequest => ({
  method: 'POST',
  path: '/',
  query: '',
  rawHeaders: [],
  headers: {},
  body: Buffer.alloc(0),
  ...parts,
})

/** Settings that let an SDK client talk to a function instead of a server. */
export const clientConfig = (answer: (request: WireRequest) => WireResponse) => ({
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  maxAttempts: 1,
  requestHandler: {
    async handle({ method, path, query, headers, body }: SdkRequest) {
      const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
      const request = wireRequest({
        method,
        path,
        query: queryText(query),
        headers: Object.fromEntries(lowerCase),
        body: bytesOf(body),
      })
      const response = answer(request)
      const responseHeaders = Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value])
      return {
        response: {
          statusCode: response.status,
          headers: Object.fromEntries(responseHeaders),
          body: response.body instanceof Readable ? response.body : Readable.from([Buffer.from(response.body)]),
        },
      }
    },
  },
})

interface SdkRequest {
  method: string
  path: string
  query?: Record<string, string | string[] | null>
  headers: Record<string, string>
  body?: string | Uint8Array
}

const queryText = (query: SdkRequest['query'] = {}) =>
  Object.entries(query)
    .flatMap(([name, values]) => [values ?? ''].flat().map((value) => [name, value].map(encodeURIComponent).join('=')))
    .join('&')

const bytesOf = (body: string | Uint8Array = '') =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.concat([body])

/** The schemas of one of the services here. @param folder - its folder's name. */
export function schemasOf(folder: string): ServiceSchema {
  const file = new URL(`../../services/${folder}/model.generated.json`, import.meta.url)
  return new ServiceSchema(folder.replaceAll('-', ''), JSON.parse(readFileSync(file, 'utf8')))
}

/** The schemas of chosen operations of a service that is not here. */
export const fixtureSchemas = (name: string): ServiceSchema => new ServiceSchema(name, fixtureModel(name))

/** The model that such schemas are made of. */
export function fixtureModel(name: string): ServiceModel {
  const file = new URL(`../../../test/fixtures/models/${name}.generated.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Shapes that made-up structures consist of. */
const plainShapes: ServiceModel['shapes'] = {
  String: { type: 'string' },
  Integer: { type: 'integer' },
  Double: { type: 'double' },
  Boolean: { type: 'boolean' },
  Blob: { type: 'blob' },
  Timestamp: { type: 'timestamp' },
  Strings: { type: 'list', member: { shape: 'String' } },
  StringMap: { type: 'map', key: { shape: 'String' }, value: { shape: 'String' } },
}

/**
 * Makes an operation `Do` of a service `test`, with the shape `DoRequest` as its input and its output.
 * @param shapes - beside those of every such service: String, Integer, Double, Boolean, Blob, Timestamp, Strings, StringMap.
 */
export function testOperation(shapes: ServiceModel['shapes']): OperationSchema {
  const Do = { method: 'POST', path: '/', input: 'DoRequest', output: 'DoRequest' }
  return operationOf(
    new ServiceSchema('test', { apiVersion: '', operations: { Do }, shapes: { ...plainShapes, ...shapes } }),
    'Do',
  )
}

/** All operations of a service. */
export const operationsOf = (schemas: ServiceSchema): OperationSchema[] =>
  schemas.operationNames.map((name) => operationOf(schemas, name))

export function operationOf(schemas: ServiceSchema, name: string): OperationSchema {
  const operation = schemas.operation(name)
  if (!operation) throw new Error(`${schemas.namespace} has no operation ${name}`)
  return operation
}

/** The values that a protocol can carry; others are left out of the values made for it. */
export interface ProtocolCapabilities {
  /** Map keys and texts. */
  text: fc.Arbitrary<string>
  times: 'milliseconds' | 'seconds'
  /** Whether an empty map or structure differs from an absent one. */
  emptiness: boolean
  /** Whether an empty list differs from an absent one; default: it does. */
  emptyLists?: boolean
}

/** Deeper than the values of any service that do not contain themselves. */
const deepestList = 12

export const anyText = fc.string({ unit: 'binary', maxLength: 8 })

/**
 * Values of a schema, with and without their optional members.
 * @param depth - how far inside another value this one is: lists of what may contain itself end somewhere.
 */
export function valuesOf(schema: Schema, carries: ProtocolCapabilities, depth = 0): fc.Arbitrary<unknown> {
  switch (schema.kind) {
    case 'structure': {
      const members = [...schema.members].map(
        ([name, member]) => [name, boundValues(schema, name, member, carries, depth)] as const,
      )
      if (schema.traits.union) return fc.oneof(...members.map(([name, value]) => fc.record({ [name]: value })))
      // The SDK makes up a token where there is none.
      const always = [...schema.members].filter(
        ([name, member]) => member.traits.idempotencyToken || isInEveryMessage(schema, name, member),
      )
      const requiredKeys = always.map(([name]) => name)
      const structure = fc.record(Object.fromEntries(members), { requiredKeys })
      return carries.emptiness || members.length === 0
        ? structure
        : structure.filter((value) => Object.keys(value).length > 0)
    }
    case 'list':
      if (depth > deepestList) return fc.constant([])
      return fc.array(valuesOf(schema.value, carries, depth + 1), {
        minLength: carries.emptyLists === false ? 1 : 0,
        maxLength: 3,
      })
    case 'map': {
      const value = valuesOf(schema.value, carries, depth + 1)
      return fc.dictionary(carries.text, value, { minKeys: carries.emptiness ? 0 : 1, maxKeys: 3 })
    }
    case 'integer':
      return fc.integer()
    case 'fraction':
      return fc.double({ min: 0, max: 1e6, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'blob':
      return fc.uint8Array({ maxLength: 20 })
    case 'timestamp': {
      const unitMs = carries.times === 'seconds' ? 1000 : 1
      return fc.integer({ min: 0, max: 4_000_000_000_000 / unitMs }).map((units) => new Date(units * unitMs))
    }
    default:
      return carries.text
  }
}

/** Values of a member that has a place of its own in REST messages. */
function boundValues(
  structure: Schema,
  name: string,
  member: Schema,
  carries: ProtocolCapabilities,
  depth: number,
): fc.Arbitrary<unknown> {
  const { location } = member.traits
  if (location === 'statusCode') return fc.constant(202)
  // A query string has nothing for an empty list.
  const values = () => valuesOf(member, carries, depth + 1)
  if (location === 'querystring' && member.kind === 'list') return values().filter((list) => (list as []).length > 0)
  return structure.shape.payload === name && member.kind === 'blob'
    ? fc.uint8Array({ minLength: 1, maxLength: 20 })
    : values()
}

/** No path is without its labels, no answer without a status, and a payload that is absent is as good as an empty one. */
const isInEveryMessage = (structure: Schema, name: string, { traits }: Schema): boolean =>
  traits.location === 'uri' ||
  traits.location === 'statusCode' ||
  structure.shape.payload === name ||
  // Operations that share a path are distinguished by what they require.
  (traits.location !== undefined && structure.required.has(name))

/** The same value with plain maps and bytes, for comparing what came in and what went out. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof Date || value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

/** The structures reachable from an operation's input, by name. */
export function inputStructures(schemas: ServiceSchema): Map<string, Schema> {
  const found = new Map<string, Schema>()
  const visit = (schema: Schema): void => {
    if (schema.kind === 'list' || schema.kind === 'map') visit(schema.value)
    const { name } = schema
    if (schema.kind !== 'structure' || found.has(name)) return
    found.set(name, schema)
    for (const [, member] of schema.members) visit(member)
  }
  for (const { input } of operationsOf(schemas)) if (input) visit(input)
  return found
}
