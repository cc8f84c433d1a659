import type { Permission } from '../operation.ts'
import type { Caller } from '../principal.ts'
import type { ServiceError } from '../service-error.ts'
import type { InputOf, OperationName, OutputOf, ServiceName } from './service-operations.ts'

/** A call that a service makes of its own accord, not for a caller of its own: out of due work, or of what it runs. */
export interface ServiceCall {
  /** A service principal, with the resource it acts for, or a session of a service role. */
  caller: Caller
  region: string
  /** Service and operation as declared: `lambda`, `Invoke`. */
  service: string
  operation: string
  input: object
  /** Service principals by way of which the call is made, where a service acts for the caller. */
  calledVia?: readonly string[]
}

/**
 * Takes a service's own call through the pipeline: authorised as its caller, recorded like any other.
 * Calls for a caller are made with `call.invoke` instead.
 */
export interface ServiceCalls {
  /** @throws ServiceError - the refusal as a client would get it; StoreUnavailableError. */
  invoke<S extends ServiceName, O extends OperationName<S>>(
    call: ServiceCall & { service: S; operation: O; input: InputOf<S, O> },
  ): Promise<OutputOf<S, O>>
  /**
   * As `invoke`, for an operation that a user named: its input is a JSON document, as AWS's JSON protocols write it.
   * @throws ServiceError - also for a service or operation that is not here.
   */
  invokeDocument(call: ServiceCall): Promise<unknown>
  /** Returns whether a caller has a permission; nothing is recorded. */
  allows(call: Pick<ServiceCall, 'caller' | 'region'>, permission: Permission): Promise<boolean>
  /**
   * Returns why a call would be refused, by its constraints or by policies, without making it: nothing is changed or recorded.
   * Undefined for one that would reach its handler, which may still refuse.
   */
  refusal<S extends ServiceName, O extends OperationName<S>>(
    call: ServiceCall & { service: S; operation: O; input: InputOf<S, O> },
  ): Promise<ServiceError | undefined>
  /** Returns whether there is such an operation, built here, that `invokeDocument` can call: no body streams, and no events. */
  has(service: string, operation: string): Promise<boolean>
}

/**
 * The caller that a service is when it acts for one of its resources.
 * @param service - `secretsmanager.amazonaws.com`
 * @param source - the resource, for `aws:SourceArn` and `aws:SourceAccount`.
 */
export const servicePrincipal = (service: string, source: { arn: string; accountId: string }): Caller => ({
  principal: { kind: 'service', service, sourceArn: source.arn, sourceAccount: source.accountId },
  principalTags: {},
})

/**
 * Returns the caller that a service is by its service-linked role in an account.
 * @param role.service - `apidestinations.events.amazonaws.com`
 * @param role.policyArn - of AWS's managed policy for the role.
 */
export function serviceLinkedCaller(
  accountId: string,
  role: { roleName: string; service: string; policyArn: string; sessionName: string },
): Caller {
  const { roleName, sessionName, service, policyArn } = role
  const principal: Caller['principal'] = {
    ...{ kind: 'assumed-role', accountId, roleName, sessionName },
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
    roleArn: `arn:aws:iam::${accountId}:role/aws-service-role/${service}/${roleName}`,
    // No role that IAM makes has such an id.
    ...{ roleId: `AROA${roleName}`, serviceLinkedPolicy: policyArn },
  }
  return { principal, principalTags: {} }
}
