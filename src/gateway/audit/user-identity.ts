import type { UserIdentity } from '../../core/audit.ts'
import { isoSeconds } from '../../core/iso-seconds.ts'
import { type Caller, type Principal, userIdOf } from '../../core/principal.ts'

/**
 * The userIdentity element of a caller.
 * @param invokedBy - the service that made the call for the caller, such as `secretsmanager.amazonaws.com`.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export function userIdentity({ principal, accessKeyId, session }: Caller, invokedBy?: string): UserIdentity {
  if (principal.kind === 'service') return { type: 'AWSService', invokedBy: principal.service }
  if (principal.kind === 'anonymous') return { type: 'Unknown', principalId: 'Anonymous' }
  const identity: UserIdentity = {
    type: identityTypes[principal.kind],
    principalId: userIdOf(principal),
    arn: principal.arn,
    accountId: principal.accountId,
    accessKeyId,
  }
  if (principal.kind === 'user') identity.userName = principal.userName
  else if (principal.kind === 'root' && principal.alias) identity.userName = principal.alias
  if (session) {
    identity.sessionContext = {
      ...issuerOf(principal),
      attributes: {
        creationDate: isoSeconds(session.issuedAtMs),
        mfaAuthenticated: session.mfaAuthenticated ? 'true' : 'false',
      },
      ...(session.sourceIdentity ? { sourceIdentity: session.sourceIdentity } : {}),
    }
  }
  if (invokedBy) identity.invokedBy = invokedBy
  return identity
}

/** The caller as the account that owns the resource sees it: which account and which id, no name. */
export function foreignIdentity({ principal }: Caller): UserIdentity {
  const accountId = 'accountId' in principal ? principal.accountId : undefined
  return { type: 'AWSAccount', principalId: userIdOf(principal), accountId }
}

const identityTypes = {
  root: 'Root',
  user: 'IAMUser',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
} as const

function issuerOf(principal: Principal) {
  if (principal.kind === 'assumed-role') {
    const { roleId, roleArn, accountId, roleName } = principal
    return { sessionIssuer: { type: 'Role', principalId: roleId, arn: roleArn, accountId, userName: roleName } }
  }
  if (principal.kind === 'federated-user') {
    const { issuer } = principal
    const userName = issuer.kind === 'user' ? { userName: issuer.userName } : {}
    const type = identityTypes[issuer.kind]
    return {
      sessionIssuer: { type, principalId: userIdOf(issuer), arn: issuer.arn, accountId: issuer.accountId, ...userName },
    }
  }
  return {}
}
