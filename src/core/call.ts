import type { AuditResource } from './audit.ts'
import type { CallSource } from './call-source.ts'
import type { Clock } from './clock.ts'
import type { Permission } from './operation.ts'
import type { Caller } from './principal.ts'
import type { InputOf, OperationName, OutputOf, ServiceName } from './services/service-operations.ts'
import type { Store, Transaction } from './store.ts'

export type { CallSource, RequestSignature } from './call-source.ts'

/** Whose answer a call is. */
export interface Client {
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal
}

/** One authenticated request on its way through a service. */
export interface Call {
  /** UUID: `x-amzn-RequestId` and the record's requestID. */
  readonly requestId: string
  /** Service and operation as declared: `kms`, `Encrypt`. */
  readonly service: string
  readonly operation: string
  readonly partition: string
  /** The region that serves the call. */
  readonly region: string
  readonly caller: Caller
  /** The caller's account; for a service that acts for one of its resources, that resource's. */
  readonly accountId: string
  readonly clock: Clock
  readonly source: CallSource
  /** Service principals that made this call for the caller, first to last; empty for direct calls. */
  readonly calledVia: readonly string[]
  /**
   * Aborts when the client has closed its connection, or its sending side of it, before the answer, and when the server stops;
   * in a call that a service makes of its own accord, when the server stops. Made when it is first asked for. For what is
   * waited for before a change begins: what has changed something goes on to its end and its record.
   */
  readonly signal: AbortSignal
  /** Reads of committed state. */
  readonly store: Pick<Store, 'in'>
  /**
   * The operation's one change. The audit record is made from what the work returns and commits with it; the handler
   * returns that result unchanged. A second call in one operation is a programming error, unless the work of the first threw:
   * then nothing was changed.
   */
  transaction<R>(work: (tx: Transaction) => Promise<R>): Promise<R>
  /** Asks for a further permission that only the handler can know of. @throws ServiceError access denied. */
  authorize(permission: Permission): Promise<void>
  /** True when the caller has the permission; nothing is recorded. */
  allows(permission: Permission): Promise<boolean>
  /**
   * Calls an operation of another service as this caller (forward access session): authorised with the caller's identity,
   * with `aws:ViaAWSService`, `aws:CalledVia` and `kms:ViaService` set, and recorded in its own right.
   */
  invoke<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): Promise<OutputOf<S, O>>
  /** The eventID of this call's record in an account. */
  eventIdIn(accountId: string): string
  /** Adds to this call's record. */
  note(addition: { resources?: readonly AuditResource[]; additionalEventData?: Record<string, unknown> }): void
}
