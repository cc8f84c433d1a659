import type { WireRequest } from '../http/wire.ts'
import type { Asked, FoundOperation, Operations, Protocol } from './protocol.ts'
import { type PathForm, routesOf } from './rest-routes.ts'
import type { ServiceSchema } from './schema.ts'

/**
 * Finds the operation that a header or the body names. Its body is read first: AWS's order.
 * @param nameIn - the operation's name in the parsed document or elsewhere; may throw.
 * @param nameInHead - the same, where it is known before the body is parsed: the operation may have limits of its own.
 */
export function readByName<Operation extends FoundOperation>(
  protocol: Pick<Protocol, 'parse' | 'errors'>,
  request: WireRequest,
  service: Operations<Operation>,
  {
    methods,
    nameIn,
    nameInHead,
  }: { methods: readonly string[]; nameIn(document: unknown): string; nameInHead?: string },
): Asked<Operation> {
  const { errors } = protocol
  if (!methods.includes(request.method)) throw errors.wrongMethod(request.method)
  const inHead = nameInHead === undefined ? undefined : service.operation(nameInHead)
  const document = protocol.parse(request, undefined, inHead?.declaration?.body?.values)
  const name = nameIn(document)
  const operation = service.operation(name)
  if (!operation) throw errors.unknownOperation(service.definition, name)
  return { operation, document }
}

/** Finds the operation that method and path name. */
export function readByPath<Operation extends FoundOperation>(
  protocol: Pick<Protocol, 'parse' | 'errors'>,
  request: WireRequest,
  service: Operations<Operation>,
  form?: PathForm,
): Asked<Operation> {
  const { errors } = protocol
  const match = routesOf(service.schemas, form).match(request)
  if (match === 'wrong-method') throw errors.wrongMethod(request.method)
  const operation = match && service.operation(match.operation)
  if (!operation) throw errors.unknownOperation(service.definition, request.path)
  const place = { schema: operation.schema, labels: match.labels }
  return { operation, document: protocol.parse(request, place, operation.declaration?.body?.values) }
}

/** The operation that method and path name, if any. */
export function operationAtPath(head: WireRequest, schemas: ServiceSchema, form?: PathForm): string | undefined {
  const match = routesOf(schemas, form).match(head)
  return typeof match === 'object' ? match.operation : undefined
}
