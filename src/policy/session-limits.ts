import type { Caller } from '../core/principal.ts'

/**
 * What temporary credentials may never call, whatever policies say: GetFederationToken's neither IAM nor STS,
 * GetSessionToken's IAM only with MFA and STS only to assume roles, and a role session may not ask for more sessions of
 * these two kinds.
 * @param action - in lower case.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
 */
export function sessionForbids({ session }: Caller, action: string): boolean {
  if (!session) return false
  const isIam = action.startsWith('iam:')
  const isSts = action.startsWith('sts:')
  switch (session.issuedBy) {
    case 'GetFederationToken':
      return isIam || isSts
    case 'GetSessionToken':
      return (isIam && !session.mfaAuthenticated) || (isSts && !assumesRole.has(action))
    case 'AssumeRole':
      return action === 'sts:getsessiontoken' || action === 'sts:getfederationtoken'
  }
}

/** AssumeRole, and the permissions that passing tags or a source identity with it asks for. */
const assumesRole = new Set(['sts:assumerole', 'sts:tagsession', 'sts:setsourceidentity', 'sts:setcontext'])
