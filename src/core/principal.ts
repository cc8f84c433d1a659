/** The principal that signed a verified request. ARNs and ids have the forms of the IAM User Guide, "IAM identifiers". */
export type Principal =
  /** `alias`: the account's. */
  | { kind: 'root'; accountId: string; arn: string; alias?: string }
  | { kind: 'user'; accountId: string; arn: string; userId: string; userName: string }
  | {
      kind: 'assumed-role'
      accountId: string
      /** `arn:aws:sts::<acct>:assumed-role/<role-name>/<session>`: no role path. */
      arn: string
      roleArn: string
      roleId: string
      roleName: string
      sessionName: string
      /** ARN of the managed policy that is all a service-linked role has. Such a role belongs to its service, and no user changes it. */
      serviceLinkedPolicy?: string
    }
  | {
      kind: 'federated-user'
      accountId: string
      /** `arn:aws:sts::<acct>:federated-user/<name>` */
      arn: string
      name: string
      /** The user or root that called GetFederationToken. */
      issuer: Extract<Principal, { kind: 'root' | 'user' }>
    }
  | { kind: 'service'; service: string; sourceArn?: string; sourceAccount?: string }
  | { kind: 'anonymous' }

export type SignedPrincipal = Extract<Principal, { kind: 'root' | 'user' | 'assumed-role' | 'federated-user' }>

/** The content of temporary credentials; absent for long-term access keys. Sealed inside the session token. */
export interface SessionContext {
  issuedAtMs: number
  expiresAtMs: number
  mfaAuthenticated: boolean
  /** Which STS operation issued it: decides what the session may call. */
  issuedBy: 'AssumeRole' | 'GetSessionToken' | 'GetFederationToken'
  sourceIdentity?: string
  /** Policy documents passed to STS: the session may do only what one of its session policies allows too. */
  policies: readonly string[]
  /** ARNs of managed policies passed to STS. */
  policyArns: readonly string[]
  tags: Readonly<Record<string, string>>
  transitiveTagKeys: readonly string[]
}

/** A caller: the principal with the credentials it signed with. */
export interface Caller {
  principal: Principal
  accessKeyId?: string
  session?: SessionContext
  /** Tags of the user or role itself; session tags win over them. */
  principalTags: Readonly<Record<string, string>>
}

/** The account that a caller belongs to; undefined for services and anonymous callers. */
export const accountOf = (principal: Principal): string | undefined =>
  'accountId' in principal ? principal.accountId : undefined

/** The account that a caller acts in: a service acts in that of the resource it acts for. */
export const accountActedIn = (principal: Principal): string | undefined =>
  principal.kind === 'service' ? principal.sourceAccount : accountOf(principal)

/** The ARN as messages and records print it. */
export function printedArn(principal: Principal): string {
  if ('arn' in principal) return principal.arn
  return principal.kind === 'service' ? principal.service : '*'
}

/** `aws:userid`, GetCallerIdentity's UserId and CloudTrail's principalId. */
export function userIdOf(principal: Principal): string {
  switch (principal.kind) {
    case 'root':
      return principal.accountId
    case 'user':
      return principal.userId
    case 'assumed-role':
      return `${principal.roleId}:${principal.sessionName}`
    case 'federated-user':
      return `${principal.accountId}:${principal.name}`
    case 'service':
      return principal.service
    case 'anonymous':
      return 'anonymous'
  }
}
