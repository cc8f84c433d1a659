// A request as its signature sees it: IAM User Guide, "Create a signed AWS API request", step 1. Requests hold one
// character a byte, as node's parser gives them (latin1), so that bytes outside ASCII are signed as they were sent.

/** Which rules a path is written by: S3 signs object keys as they are, everything else signs a normalised path. */
export type PathRules = 's3' | 'normalised'

/** Name and value of a query parameter, both in canonical encoding. */
export type QueryParameter = readonly [name: string, value: string]

/**
 * The headers of a request by lower-case name, values trimmed, runs of spaces made one, repeated headers joined with
 * commas in order of arrival. A header that must stand alone and does not is thereby a value that fits nothing.
 *
 * @param rawHeaders - name, value, name, value …
 */
export function headerValues(rawHeaders: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const value = canonicalValue(rawHeaders[index + 1] ?? '')
    const earlier = headers.get(name)
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`)
  }
  return headers
}

const untidySpace = /^ | $|\t| {2}/

// Signers make one space of tabs too. Bytes above ASCII are never space here, though some are in latin1.
const canonicalValue = (value: string) =>
  untidySpace.test(value) ? value.replace(/[\t ]+/g, ' ').replace(/^ | $/g, '') : value

/**
 * The canonical URI. S3: each byte decoded once and encoded again, nothing else changed. Others: empty and `.` segments
 * dropped, `..` resolved, and the path as sent encoded once more (`%3A` → `%253A`).
 */
export function canonicalUri(path: string, rules: PathRules): string {
  if (path === '/' || path === '') return '/'
  if (rules === 's3') return path.replace(/%([0-9A-Fa-f]{2})|[^A-Za-z0-9._~/-]/g, reencodedInPath)
  return normalisedPath(path).replace(/[^A-Za-z0-9._~/-]/g, percentEncoded)
}

/** A path with empty and `.` segments dropped and `..` resolved: what is signed, and so what must be read. */
export function normalisedPath(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  const end = segments.length > 0 && path.endsWith('/') ? '/' : ''
  return `${path.startsWith('/') ? '/' : ''}${segments.join('/')}${end}`
}

/**
 * The parameters of a query string, decoded once and encoded strictly, in the order sent. `+` is a space, as every form
 * decoder behind this reads it: a signed `%2B` cannot be sent as `+` and mean something else.
 */
export function queryParameters(query: string): QueryParameter[] {
  if (query === '') return []
  const parameters: QueryParameter[] = []
  for (const piece of query.split('&')) {
    if (piece === '') continue
    const equals = piece.indexOf('=')
    const name = equals < 0 ? piece : piece.slice(0, equals)
    parameters.push([canonicalComponent(name), equals < 0 ? '' : canonicalComponent(piece.slice(equals + 1))])
  }
  return parameters
}

/** The canonical query string: sorted by encoded name, then by encoded value. */
export function canonicalQuery(parameters: readonly QueryParameter[]): string {
  if (parameters.length === 0) return ''
  return parameters
    .toSorted(([name, value], [otherName, otherValue]) => order(name, otherName) || order(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** A canonically encoded component as the bytes it stands for. */
export const decodedComponent = (component: string): string =>
  component.replace(/%([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))

/**
 * The canonical request.
 *
 * @param uri - from `canonicalUri`.
 * @param query - from `canonicalQuery`.
 * @param signedHeaders - lower case, sorted. One that the request lacks is written as empty.
 * @param payloadHash - lower-case hex SHA-256 of the body, or what stands for it.
 */
export function canonicalRequest(request: {
  method: string
  uri: string
  query: string
  headers: ReadonlyMap<string, string>
  signedHeaders: readonly string[]
  payloadHash: string
}): string {
  let lines = ''
  for (const name of request.signedHeaders) lines += `${name}:${request.headers.get(name) ?? ''}\n`
  const { method, uri, query, signedHeaders, payloadHash } = request
  return `${method}\n${uri}\n${query}\n${lines}\n${signedHeaders.join(';')}\n${payloadHash}`
}

const canonicalComponent = (text: string) => text.replace(/%([0-9A-Fa-f]{2})|[^A-Za-z0-9._~-]/g, reencodedInQuery)

const reencodedInPath = (sent: string, digits: string | undefined) => reencoded(sent, digits, keptInPath)

const reencodedInQuery = (sent: string, digits: string | undefined) =>
  sent === '+' ? '%20' : reencoded(sent, digits, keptInQuery)

const keptInPath = /[A-Za-z0-9._~/-]/
const keptInQuery = /[A-Za-z0-9._~-]/

function reencoded(sent: string, digits: string | undefined, kept: RegExp): string {
  if (digits === undefined) return percentEncoded(sent)
  const byte = String.fromCharCode(Number.parseInt(digits, 16))
  return kept.test(byte) ? byte : `%${digits.toUpperCase()}`
}

const percentEncoded = (byte: string) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
