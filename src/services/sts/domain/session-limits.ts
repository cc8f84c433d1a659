import type { SessionContext } from '../../../core/principal.ts'
import type { ServiceError } from '../../../core/service-error.ts'
import { invalidClientToken, notWithSessionCredentials } from './errors.ts'

/**
 * Returns whether temporary credentials may call an operation at all, whatever policies say.
 * @param service - SigV4 scope name: `iam`, `sts`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
 */
export function sessionMayCall(session: SessionContext, service: string, operation: string): boolean {
  const limits = callable[session.issuedBy]
  if (service === 'sts') return operation === 'GetCallerIdentity' || limits.sts(operation)
  return service !== 'iam' || limits.iam(session)
}

/** Returns why a session may not make a call, in AWS's words; undefined when it may. */
export function sessionRefusal(session: SessionContext, service: string, operation: string): ServiceError | undefined {
  if (sessionMayCall(session, service, operation)) return undefined
  return service === 'sts' ? notWithSessionCredentials(operation) : invalidClientToken()
}

interface Limits {
  sts(operation: string): boolean
  iam(session: SessionContext): boolean
}

const callable: Record<SessionContext['issuedBy'], Limits> = {
  AssumeRole: {
    sts: (operation) => operation !== 'GetSessionToken' && operation !== 'GetFederationToken',
    iam: () => true,
  },
  GetSessionToken: {
    sts: (operation) => operation === 'AssumeRole',
    iam: ({ mfaAuthenticated }) => mfaAuthenticated,
  },
  GetFederationToken: {
    sts: () => false,
    iam: () => false,
  },
}
