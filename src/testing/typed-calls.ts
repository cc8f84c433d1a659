import type { ServiceDefinition } from '../core/services/service-definition.ts'
import type { AskedPermission, CallOptions, ServiceFixture } from './service-fixture.ts'

type OperationTable = ServiceDefinition['operations']

export type InputOf<Table extends OperationTable, Name extends keyof Table> = Parameters<Table[Name]['handle']>[1]
export type OutputOf<Table extends OperationTable, Name extends keyof Table> = Awaited<
  ReturnType<Table[Name]['handle']>
>

/** The calls of a fixture to one service, with the types of its operation table. */
export interface TypedCalls<Table extends OperationTable> {
  /** @throws ServiceError - the refusal as a client would get it. */
  call<Name extends keyof Table & string>(
    operation: Name,
    input: InputOf<Table, Name>,
    options?: CallOptions,
  ): Promise<OutputOf<Table, Name>>
  /** Returns what a caller would have to be allowed. */
  permissions<Name extends keyof Table & string>(
    operation: Name,
    input: InputOf<Table, Name>,
    options?: CallOptions,
  ): Promise<AskedPermission[]>
}

export const typedCalls = <Table extends OperationTable>(
  fixture: Pick<ServiceFixture, 'call' | 'permissions'>,
  service: string,
): TypedCalls<Table> => ({
  call: (operation, input, options) => fixture.call(service, operation, input ?? {}, options) as Promise<never>,
  permissions: (operation, input, options) => fixture.permissions(service, operation, input ?? {}, options),
})

/** Returns the action for want of which a call is refused; undefined when it is not refused for a permission. */
export const refusedAction = (call: Promise<unknown>): Promise<string | undefined> =>
  call.then(
    () => undefined,
    (error: Error) => / is not authorized to perform: (\S+)/.exec(error.message)?.[1],
  )
