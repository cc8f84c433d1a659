import type { ConnectionHttpParameters } from '@aws-sdk/client-eventbridge'
import { DeliveryRefused } from '../../../kit/deliveries/failure.ts'
import type { ApiDestination, ConnectionSecret } from './connection.ts'
import type { Target } from './rule.ts'

/** A request to an API. */
export interface ApiRequest {
  url: URL
  method: string
  headers: Record<string, string>
  body: string | undefined
}

/** Headers that say how a request is sent; those of users would contradict it. */
const ofTheConnection = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'expect',
  'upgrade',
  'te',
])

const withoutBody = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Makes the request that calls an API destination. What the connection says wins over what the target says.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
 */
export function apiRequest(
  { endpoint, method }: Pick<ApiDestination, 'endpoint' | 'method'>,
  secret: ConnectionSecret,
  target: { body: string; http: Target['HttpParameters'] },
): ApiRequest {
  const { PathParameterValues = [], HeaderParameters = {}, QueryStringParameters = {} } = target.http ?? {}
  const values = PathParameterValues.map(pathPart)
  const url = new URL(endpoint.replaceAll('*', () => values.shift() ?? '*'))
  for (const [name, value] of Object.entries(QueryStringParameters)) url.searchParams.set(name, value)
  const headers: Record<string, string> = {
    'User-Agent': 'Amazon/EventBridge/ApiDestinations',
    'Content-Type': 'application/json; charset=utf-8',
    Range: 'bytes=0-1048575',
    ...HeaderParameters,
  }
  const parameters = secret.invocation_http_parameters ?? {}
  addParameters({ url, headers }, parameters)
  if (secret.api_key_name !== undefined) headers[secret.api_key_name] = secret.api_key_value ?? ''
  if (secret.username !== undefined) headers.Authorization = basic(secret.username, secret.password ?? '')
  for (const name of Object.keys(headers)) if (ofTheConnection.has(name.toLowerCase())) delete headers[name]
  const body = withoutBody.has(method) ? undefined : withBodyParameters(target.body, parameters)
  return { url, method, headers, body }
}

/** @throws DeliveryRefused - it would lead out of the path that the destination names. */
function pathPart(value: string): string {
  if (value !== '.' && value !== '..') return encodeURIComponent(value.toWellFormed())
  const message = 'A value of the path is a step to another one.'
  throw new DeliveryRefused({ code: 'INVALID_PATH_PARAMETER', message, status: 0, isPermanent: true })
}

/** Makes the request that gets an access token with the credentials of a client. */
export function tokenRequest(secret: ConnectionSecret): ApiRequest {
  const { client_id: id = '', client_secret: password = '', oauth_endpoint: endpoint = '' } = secret
  const { oauth_http_method: method = 'POST', oauth_http_parameters: parameters = {} } = secret
  const url = new URL(endpoint)
  const headers: Record<string, string> = {
    Authorization: basic(id, password),
    'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
  }
  addParameters({ url, headers }, parameters)
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  for (const { Key = '', Value = '' } of parameters.BodyParameters ?? []) form.set(Key, Value)
  if (!withoutBody.has(method)) return { url, method, headers, body: form.toString() }
  for (const [name, value] of form) url.searchParams.set(name, value)
  return { url, method, headers, body: undefined }
}

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

function addParameters(
  { url, headers }: Pick<ApiRequest, 'url' | 'headers'>,
  { HeaderParameters = [], QueryStringParameters = [] }: ConnectionHttpParameters,
): void {
  for (const { Key = '', Value = '' } of HeaderParameters) headers[Key] = Value
  for (const { Key = '', Value = '' } of QueryStringParameters) url.searchParams.set(Key, Value)
}

/** Adds the members that a connection gives to a body that is a JSON object. */
function withBodyParameters(body: string, { BodyParameters = [] }: ConnectionHttpParameters): string {
  if (BodyParameters.length === 0) return body
  const value = jsonOf(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return body
  return JSON.stringify({ ...value, ...Object.fromEntries(BodyParameters.map(({ Key = '', Value }) => [Key, Value])) })
}

/** What a template makes of an event need not be JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
