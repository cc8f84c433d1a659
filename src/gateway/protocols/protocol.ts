import type { ProtocolBinding } from '../../core/operation.ts'
import type { ServiceDefinition } from '../../core/service-definition.ts'
import type { ServiceError } from '../../core/service-error.ts'
import type { WireRequest, WireResponse } from '../wire.ts'
import type { OperationSchema, ServiceSchema } from './schema.ts'

/** Where a REST request was found to lead: its method and path are those of one operation. */
export interface OperationPlace {
  schema: OperationSchema
  /** What stands in the path in place of the operation's labels, decoded. */
  labels: Readonly<Record<string, string>>
}

/**
 * One wire protocol. Decoding has two steps, because AWS looks at the caller between them: syntax before
 * authentication, types after it.
 */
export interface Protocol {
  readonly name: ProtocolBinding['protocol']
  /** Family of error codes for authentication and framework errors. */
  readonly family: 'json' | 'query' | 'rest-json'
  /**
   * Parses the body, without knowing the operation except where the path tells it.
   * @param place - of REST requests.
   * @throws ServiceError SerializationException (json) or MalformedInput (query).
   */
  parse(request: WireRequest, place?: OperationPlace): unknown
  /**
   * Turns a parsed document into the operation's input: known members only, of the right types, blobs as Uint8Array,
   * timestamps as Date. Constraints are checked afterwards, by `validate`.
   * @throws ServiceError as `parse`.
   */
  decode(schema: OperationSchema, document: unknown): Record<string, unknown>
  /** @param output - undefined for an operation without output. */
  encode(service: ServiceDefinition, schema: OperationSchema, output: unknown, requestId: string): WireResponse
  /** @param schemas - where the error's shape is looked up for its members' names. */
  encodeError(service: ServiceDefinition, error: ServiceError, requestId: string, schemas?: ServiceSchema): WireResponse
}
