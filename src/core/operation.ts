import type { AuditResource } from './audit.ts'
import type { Awaitable } from './awaitable.ts'
import type { CallSource } from './call-source.ts'
import type { Caller } from './principal.ts'
import type { ServiceError } from './service-error.ts'

/** Values of a condition key in a request: one string for a single-valued key, an array for a multivalued one. */
export type ContextValue = string | readonly string[]

/** Condition keys of a request, `aws:RequestTag/team` → value. Compared without regard to case. */
export type RequestContext = Record<string, ContextValue>

/** Condition keys, or what puts them together when a policy's condition, a grant or an explanation asks for them. */
export type ContextSource = RequestContext | (() => RequestContext)

/** The condition keys of a permission. */
export const conditionKeysOf = ({ context = {} }: Pick<Permission, 'context'>): RequestContext =>
  typeof context === 'function' ? context() : context

/** The policy attached to a resource, and how the resource's service reads it. */
export interface ResourcePolicy {
  /** `key-policy`: the account's identity policies count only when it says so; `trust-policy`: a role's. */
  kind: 'resource-policy' | 'key-policy' | 'trust-policy'
  /** The JSON text as stored. */
  document: string
}

/**
 * How a resource policy reaches a caller: `direct` names it (user, session, `*`), `role` names the role or user behind
 * its session, `account` leaves the decision to the identity policies of its account.
 */
export type GrantClass = 'direct' | 'role' | 'account'

/** One thing a caller must be allowed to do before the handler runs. */
export interface Permission {
  /** `kms:Encrypt` */
  action: string
  /** ARN of the resource, or `*` where the action has none. */
  resource: string
  /** Other spellings of the ARN. A statement that names one of them names the resource. */
  otherArns?: readonly string[]
  /** Owner of the resource; the caller's own account when absent. */
  resourceAccountId?: string
  policy?: ResourcePolicy
  /** Set when a KMS grant covers the call: how it names the caller. It allows like a statement that names it so. */
  granted?: GrantClass
  /** Finds out whether a KMS grant covers the call; asked only when nothing else allows it. */
  findGrant?(): Promise<GrantClass | undefined>
  /** Resource control policies do not reach the resource: AWS's own key. */
  outsideResourceControl?: boolean
  /** Condition keys of the service and the operation; the gateway adds the global ones. */
  context?: ContextSource
  /** What the denial message calls the resource when it is not its ARN; `null` leaves the resource out. */
  printedResource?: string | null
  /** Replaces the default text after `User: … is not authorized to perform: <action>`. */
  denial?: 'bare' | string
  /** Replaces the whole message for callers who may not know the reason: those of other accounts. */
  foreignDenial?: string
}

/**
 * One operation of a service, declared once: the gateway validates, authorises and records every operation from this, so
 * that none can forget them. `Context` is what the service's handlers work with.
 */
export interface Operation<Context, Input, Output> {
  /** Does the work. At most one `call.transaction`, whose result is then the answer. */
  handle(context: Context, input: Input): Promise<Output>
  /**
   * What the caller needs; all of it must be allowed. `'none'`: no permission exists for the operation (GetCallerIdentity).
   * May look the resource up and throw its not-found error first, where AWS does so.
   */
  permissions: 'none' | ((context: Context, input: Input) => Awaitable<readonly Permission[]>)
  /** Changes nothing: CloudTrail's readOnly. */
  readOnly: boolean
  /** Data events stay out of the event history. Default: Management. */
  category?: 'Management' | 'Data'
  /** `never`: AWS records the operation nowhere. It is decided, authorised and explained like every other. */
  recorded?: 'never'
  /** Extra constraints, by member path, where the API reference is narrower than the service model. */
  constraints?: Record<string, MemberConstraint>
  /**
   * The request's body is handed on as it comes: the input's payload is a `BodyStream`. For services that sign as S3 does, whose
   * model says that the payload streams.
   */
  streamsBody?: true
  /**
   * Requests without a signature are accepted: their caller is anonymous, and only the resource's policy can allow them. They
   * come in the Region that the host names, or the server's own.
   */
  anonymous?: true
  /** The request's body must come with a checksum in its headers. Where it comes with one, it is compared in any case. */
  bodyChecksum?: 'required'
  /** Where a request's body may be larger than those of other operations. */
  body?: BodyLimit
  audit?: AuditDeclaration<Context, Input, Output>
}

/** The limits of the body of an operation's request. Known before the body is read, and before the caller is. */
export interface BodyLimit {
  limitBytes: number
  /** How many values the body may have, where that is more than the 10,000 of other operations. */
  values?: number
  /** What a larger one is answered. */
  tooLarge(): ServiceError
}

/** Limits of a member, as the service models state them. Lengths count characters, bytes or items. */
export interface MemberConstraint {
  required?: boolean
  length?: readonly [min: number | null, max: number | null]
  range?: readonly [min: number | null, max: number | null]
  pattern?: string
  enum?: readonly string[]
  /** Of a list's items. */
  member?: MemberConstraint
  /** Of a map's keys and values. */
  key?: MemberConstraint
  value?: MemberConstraint
}

export interface AuditDeclaration<Context, Input, Output> {
  /** What the record calls the operation, where that is not its name: `CreateFunction20150331`. */
  eventName?: string
  /**
   * Resources the record names beside those that the handler notes. Asked for calls that failed too, without an output: a
   * name that means nothing gives no resource, and whatever is thrown is a fault.
   * @param input - within the limits of the service model, whether or not the handler accepted it.
   */
  resources?(context: Context, input: Input, output: Output | undefined): readonly AuditResource[]
  /**
   * Request members left out beside those the schema marks sensitive or binary; `*` leaves all out. Messages do not show the
   * values of those that are named.
   */
  hideRequest?: readonly string[]
  /**
   * Request members that the record shows with this text in place of their value, as AWS does with some secrets;
   * `Entries.MessageBody` is a member of each entry.
   */
  maskRequest?: Record<string, string>
  /** Response members left out, likewise. */
  hideResponse?: readonly string[]
  /** Request members that the record shows under another name than their own, first letter lower-case. */
  requestNames?: Record<string, string>
  /** Request members that the record shows with these values when the request leaves them out, as AWS's records do. */
  requestDefaults?: Record<string, unknown>
  /** Response members shown; default: all but sensitive ones for writes, none for reads. */
  response?(context: Context, input: Input, output: Output): Record<string, unknown> | null
  /** What the call has done in other Regions: AWS records it there, as done by the service for the caller. */
  elsewhere?(context: Context, input: Input, output: Output): readonly RecordElsewhere[]
  /** Response members that the record shows under another name than their own, first letter lower-case. */
  responseNames?: Record<string, string>
  /**
   * What the record has beside what the handler notes. Asked for requests from outside alone, those that failed too.
   * @param bytesOut - gives the length of the answer's body.
   */
  additional?(
    call: { requestId: string; source: CallSource; caller: Caller },
    bytesOut: () => number,
  ): Record<string, unknown>
  /** Calls without a signature are not recorded. */
  onlySigned?: true
  /** Codes of failures that AWS keeps out of the record, such as reads of what does not exist. */
  unrecordedErrors?: readonly string[]
}

/** The record of a call in another Region than the one it was made in. */
export interface RecordElsewhere {
  region: string
  /** Of the same service; it may be another than the one that was called. */
  operation: string
  input: object
  output?: object
  /** In place of the members of the output. */
  response?: Record<string, unknown>
  resources: readonly AuditResource[]
}

/**
 * What each wire protocol needs to know of a service that speaks it, by the protocol's name. Protocols add themselves where they
 * are declared (`src/gateway/protocols/`): nothing here names one.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is extended by declaration merging.
export interface ProtocolBindings {}

/** The wire protocol of a service. */
export type ProtocolBinding = {
  [Name in keyof ProtocolBindings]: { protocol: Name } & ProtocolBindings[Name]
}[keyof ProtocolBindings]

/**
 * The SDK's request type after validation: what the model requires is declared `| undefined` there, and no longer here;
 * optional members stay optional.
 */
export type Validated<T> = { [K in keyof T]: Exclude<T[K], undefined> }
