import type { Awaitable } from '../../core/awaitable.ts'
import type { BodyLimit, ProtocolBinding, ProtocolBindings } from '../../core/operation.ts'
import type { ServiceError } from '../../core/service-error.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import type { WireRequest, WireResponse } from '../http/wire.ts'
import type { Family } from '../sigv4/authenticate.ts'
import type { OperationSchema, ServiceSchema } from './schema.ts'

/** The operation that a REST request names by its method and path. */
export interface OperationPlace {
  schema: OperationSchema
  /** What stands in the path in place of the operation's labels, decoded. */
  labels: Readonly<Record<string, string>>
}

/** A service, and how it speaks one protocol. */
export interface ServiceBinding<Binding extends ProtocolBinding = ProtocolBinding> {
  definition: ServiceHead
  binding: Binding
}

/** The binding of the protocol of this name. */
export type BindingOf<Name extends keyof ProtocolBindings> = Extract<ProtocolBinding, { protocol: Name }>

/** A service that a request is for. */
export interface Match extends ServiceBinding {
  /** Where the protocol has it in the head of the request. */
  operation?: string
}

/** The part of an operation that a protocol reads. */
export interface FoundOperation {
  schema: OperationSchema
  declaration?: { body?: Pick<BodyLimit, 'values'> }
}

/** The tables in which a protocol finds the operation of a request. */
export interface Operations<Operation extends FoundOperation> {
  definition: ServiceHead
  schemas: ServiceSchema
  operation(name: string): Operation | undefined
}

/** The operation that a request asks for. */
export interface Asked<Operation> {
  operation: Operation
  document: unknown
}

/** Why a page may not make a request: the resource is missing, has no rules, or none of them allows it. */
export type OriginRefusal = 'missing' | 'no-rules' | 'not-allowed'

/** When and how a request came. */
export interface Arrival {
  /** Of the machine's clock. */
  nowMs: number
  scheme: 'http' | 'https'
}

/** A request of another form, such as an HTML form, read as the request that it stands for. */
export interface PostedRequest {
  /** In the protocol's own form. Its body comes as a stream, which `check` has to have admitted. */
  request: WireRequest
  /** Among them who signed, by lower-case name. */
  fields: ReadonlyMap<string, string>
  /** Checks what the form may hold, once it is known who signed it. @throws ServiceError. */
  check(fields: ReadonlyMap<string, string>): void
  /** Makes of the operation's answer that of the form. */
  answer(response: WireResponse): WireResponse
}

/**
 * One wire protocol: everything that differs between protocols stands here, and whatever answers requests asks it instead of
 * comparing names. Decoding has two steps, because AWS looks at the caller between them: syntax before authentication, types
 * after it.
 */
export interface Protocol {
  readonly name: keyof ProtocolBindings
  /** Which of its services' names a request in it is signed for, and how refused signatures are worded. */
  signing(binding: ProtocolBinding): Family

  /** True for a request in this protocol's own form, whatever it is for: what no service takes is answered in it. */
  hasForm(head: WireRequest, scopeService: string | undefined): boolean
  /** What names the operation in a request, for messages: `X-Amz-Target`. Set where that mark leaves no doubt about the protocol. */
  readonly mark?: string
  /**
   * Finds which of the services that speak the protocol a request is for.
   * @param scopeService - the service in the credential scope of a signed request.
   */
  match(head: WireRequest, scopeService: string | undefined, bound: readonly ServiceBinding[]): Match | undefined
  /** The operation that a request names, in the request's own words: `TrentService.Encrypt`. */
  asked(request: WireRequest): string
  /** Bodies may come compressed with gzip (Content-Encoding); elsewhere that header describes what is stored. */
  readonly inflates?: boolean
  /** How to name the operation, as a sentence, for requests that do not. @param title - of the service. */
  howToAsk(title: string): string
  /** The protocol in the form that the request asks for its answer in: another version, JSON in place of XML. */
  spoken(request: Pick<WireRequest, 'headers'>): Protocol

  /**
   * The operation that the head alone names; its body may have a limit of its own, and bytes as its payload could be taken in
   * as they come. Undefined when the operation is not known, absent where the body names it.
   */
  operationInHead?(head: WireRequest, match: Match, schemas: ServiceSchema): string | undefined
  /**
   * Finds the operation of a request and parses its document, syntax alone: the caller is not known yet.
   * @throws ServiceError for methods, operations and documents that are not the protocol's or the service's.
   */
  read<Operation extends FoundOperation>(
    request: WireRequest,
    match: Match,
    service: Operations<Operation>,
  ): Asked<Operation>
  /**
   * Parses the body, without knowing the operation except where the path names it. A body that is one member's bytes is
   * handed on as it is.
   * @param place - of REST requests.
   * @param mostValues - how many values the document may have. Default: 10,000.
   * @throws ServiceError SerializationException (json) or MalformedInput (query).
   */
  parse(request: WireRequest, place?: OperationPlace, mostValues?: number): unknown
  /**
   * Turns a parsed document into the operation's input: known members only, of the right types, blobs as Uint8Array,
   * timestamps as Date. Constraints are checked afterwards, by `validate`.
   * @throws ServiceError as `parse`.
   */
  decode(schema: OperationSchema, document: unknown): Record<string, unknown>
  /** The resource that a request's head names, where it decides which pages may make it: a bucket. */
  resourceInHead?(head: WireRequest): string | undefined
  /** Refuses a request that a page of another origin wants to make. */
  originRefused?(head: WireRequest, reason: OriginRefusal): ServiceError
  /** Returns true for a request that `readPosted` reads. Its body comes as a stream. */
  isPosted?(head: WireRequest, match: Match): boolean
  /** @throws ServiceError for a form that is not well-formed. */
  readPosted?(request: WireRequest, arrival: Arrival): Promise<PostedRequest>
  /**
   * Compares a body that was gathered with what its headers say of it, where the protocol has such headers.
   * @param isRequired - they must say something.
   * @throws ServiceError
   */
  checkBody?(request: WireRequest, schema: OperationSchema, isRequired: boolean): Awaitable<void> | undefined
  /** Makes the id of a request. Default: a UUID. */
  newRequestId?(match: Match): string
  /** @param output - undefined for an operation without output. */
  encode(service: ServiceHead, schema: OperationSchema, output: unknown, requestId: string): WireResponse
  /** @param schemas - where the error's shape is looked up for its members' names. */
  encodeError(service: ServiceHead, error: ServiceError, requestId: string, schemas?: ServiceSchema): WireResponse
  /** Writes an error that no service answers. */
  encodeUnrouted(error: ServiceError, requestId: string): WireResponse
  readonly errors: ProtocolErrors
}

/** Errors that arise before or after a service's own code, with the codes and statuses of the protocol. */
export interface ProtocolErrors {
  /** An operation that the service does not have. */
  unknownOperation(service: ServiceHead, name: string): ServiceError
  /** A service that is not here. @param message - safe to print. */
  unknownService(message: string): ServiceError
  /** A method that the protocol, or a path, has no use for. */
  wrongMethod(method: string): ServiceError
  /** A caller who lacks a permission. @param message - in AWS's words. */
  denied(message: string): ServiceError
  /** The code of 503: nothing can be read or recorded now. */
  readonly unavailableCode: string
}
