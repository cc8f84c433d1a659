import { normalisedPath } from '../../crypto/sigv4/canonical-request.ts'
import type { WireRequest } from '../http/wire.ts'
import type { OperationSchema, Schema, ServiceSchema } from './schema.ts'

/** The operation that a request's method and path name. */
export interface RouteMatch {
  operation: string
  /** Percent-decoded once. */
  labels: Record<string, string>
}

/** The operations of a REST service by method and path. */
export interface RestRoutes {
  /** `wrong-method`: the path is one of the service's, for other methods. */
  match(
    request: Pick<WireRequest, 'method' | 'path' | 'query'> & Partial<Pick<WireRequest, 'headers'>>,
  ): RouteMatch | 'wrong-method' | undefined
}

/** `normalised`: `//`, `.` and `..` are resolved, as the signature has the path; `literal`: they are part of a name, as in S3. */
export type PathForm = 'normalised' | 'literal'

const routesOfServices = {
  normalised: new WeakMap<ServiceSchema, RestRoutes>(),
  literal: new WeakMap<ServiceSchema, RestRoutes>(),
}

/** The routes of a service, compiled once. */
export function routesOf(schemas: ServiceSchema, form: PathForm = 'normalised'): RestRoutes {
  let routes = routesOfServices[form].get(schemas)
  if (!routes) {
    routes = compileRoutes(
      schemas.operationNames.flatMap((name) => schemas.operation(name) ?? []),
      form,
    )
    routesOfServices[form].set(schemas, routes)
  }
  return routes
}

/**
 * Compiles the path templates of a service's operations: `/functions/{FunctionName}/code`, a greedy `{Key+}` for the rest of
 * a path, and `?List=ALL` where operations share a path. What is more literal wins.
 * @see https://smithy.io/2.0/spec/http-bindings.html
 */
export function compileRoutes(schemas: readonly OperationSchema[], form: PathForm = 'normalised'): RestRoutes {
  const routes = schemas.map(routeOf).sort((a, b) => b.rank - a.rank || b.required.length - a.required.length)
  return {
    match({ method, path, query, headers = {} }) {
      const segments = form === 'literal' ? literalSegmentsOf(path) : segmentsOf(path)
      if (!segments) return undefined
      const parameters = query.split('&').map((parameter) => parameter.replace(/=$/, ''))
      const names = new Set(parameters.map((parameter) => parameter.split('=', 1)[0]))
      let elsewhere = false
      let incomplete: (RouteMatch & { pattern: string }) | undefined
      for (const route of routes) {
        const labels = labelsOf(route, segments)
        if (!labels || !route.parameters.every((parameter) => parameters.includes(parameter))) continue
        const { operation, pattern } = route
        if (route.method !== method) elsewhere = true
        else if (incomplete && incomplete.pattern !== pattern) break
        else if (route.required.every(({ header, name }) => (header ? headers[name] !== undefined : names.has(name)))) {
          return { operation, labels }
        } else incomplete = { operation, labels, pattern }
      }
      if (incomplete) return { operation: incomplete.operation, labels: incomplete.labels }
      return elsewhere ? 'wrong-method' : undefined
    },
  }
}

interface Route {
  operation: string
  method: string
  segments: readonly Segment[]
  /** `List=ALL`: what the query must say. */
  parameters: readonly string[]
  rank: number
  /** The path's template: operations that share one are distinguished by what they require. */
  pattern: string
  /** Names of parameters and headers, in lower case, that the operation demands. */
  required: readonly { name: string; header: boolean }[]
}

type Segment = { literal: string } | { label: string; greedy: boolean }

function routeOf({ name: operation, method, path: template, input }: OperationSchema): Route {
  const [path = '', query] = template.split('?')
  const segments = path.split('/').filter(Boolean).map(segmentOf)
  const parameters = query?.split('&') ?? []
  const literals = segments.filter((segment) => 'literal' in segment).length
  const rank = literals + parameters.length
  return { operation, method, segments, parameters, rank, pattern: template, required: requiredBy(input) }
}

function requiredBy(input: Schema | undefined): Route['required'] {
  return [...(input?.required ?? [])].flatMap((member): Route['required'][number][] => {
    const { location, locationName = member } = input?.members.get(member)?.traits ?? {}
    if (location === 'header') return [{ name: locationName.toLowerCase(), header: true }]
    return location === 'querystring' ? [{ name: locationName, header: false }] : []
  })
}

function segmentOf(text: string): Segment {
  const label = /^\{([^+}]+)(\+?)\}$/.exec(text)
  return label ? { label: label[1] ?? '', greedy: label[2] === '+' } : { literal: text }
}

/** As the signature has the path: `//`, `.` and `..` resolved. Undefined when an escape is not valid. */
function segmentsOf(path: string): string[] | undefined {
  try {
    return normalisedPath(path).split('/').filter(Boolean).map(decodeURIComponent)
  } catch {
    // decodeURIComponent throws for nothing but bad escapes.
    return undefined
  }
}

/** Of S3: a bucket, and the key as it stands, in segments whose number does not matter. */
function literalSegmentsOf(path: string): string[] | undefined {
  try {
    const segments = path.slice(1).split('/').map(decodeURIComponent)
    // `/bucket` and `/bucket/` are the same, and `/` names none.
    if (segments.length <= 2 && segments.at(-1) === '') segments.pop()
    return segments
  } catch {
    // decodeURIComponent throws for nothing but bad escapes.
    return undefined
  }
}

function labelsOf({ segments }: Route, given: readonly string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {}
  for (const [place, segment] of segments.entries()) {
    const part = given[place]
    if (part === undefined) return undefined
    if ('literal' in segment) {
      if (segment.literal !== part) return undefined
    } else if (segment.greedy) {
      const rest = segments.length - place - 1
      labels[segment.label] = given.slice(place, given.length - rest).join('/')
      return segments
        .slice(place + 1)
        .every((last, index) => 'literal' in last && last.literal === given.at(index - rest))
        ? labels
        : undefined
    } else labels[segment.label] = part
  }
  return given.length === segments.length ? labels : undefined
}
