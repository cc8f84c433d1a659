import { createHash } from 'node:crypto'
import type { GrantConstraints, GrantOperation } from '@aws-sdk/client-kms'
import type { GrantClass } from '../../../../core/operation.ts'
import type { Principal } from '../../../../core/principal.ts'

/** A grant as it is kept. It never changes: it is made, and it is retired or revoked. */
export interface Grant {
  /** 64 hexadecimal digits. */
  grantId: string
  /** Of the key, as are region and keyId. */
  accountId: string
  region: string
  keyId: string
  /** The caller may have given none. */
  name?: string
  createdAtMs: number
  /** Account of the caller of CreateGrant. */
  issuingAccountId: string
  grantee: GrantPrincipal
  retiring?: GrantPrincipal
  /** In the order in which they were given, each once. */
  operations: readonly GrantOperation[]
  constraints: GrantConstraints
  /** Identifies a repeated request; absent for grants without a name. */
  fingerprint?: string
}

/** A principal that a grant names. */
export interface GrantPrincipal {
  /** Absent for services. */
  accountId?: string
  /** ARN or account id as given; the name of a service. */
  written: string
  /**
   * The principal that it meant when the grant was made: the unique id of a user or role, so that a later one of the same
   * name is not meant; the id of an account; the ARN of a session; the name of a service.
   */
  identity: string
}

/** Operations that no constraint on the encryption context bears on when a grant allows them. */
const withoutContext: ReadonlySet<string> = new Set(['DescribeKey', 'CreateGrant', 'RetireGrant'] as const)

export const hasNoContext = (operation: string): boolean => withoutContext.has(operation)

/** The identities under which a grant may mean a caller, and how it then allows, the widest first. */
export function identitiesOf(principal: Principal): readonly (readonly [identity: string, as: GrantClass])[] {
  switch (principal.kind) {
    case 'root':
      return [[principal.accountId, 'account']]
    case 'user':
      return [
        [principal.userId, 'direct'],
        [principal.accountId, 'account'],
      ]
    case 'assumed-role':
      return [
        [principal.arn, 'direct'],
        [principal.roleId, 'role'],
        [principal.accountId, 'account'],
      ]
    case 'federated-user': {
      const { issuer, arn, accountId } = principal
      const byIssuer = issuer.kind === 'user' ? ([[issuer.userId, 'role']] as const) : []
      return [[arn, 'direct'], ...byIssuer, [accountId, 'account']]
    }
    case 'service':
      return [[principal.service, 'direct']]
    case 'anonymous':
      return []
  }
}

/** Returns how a grant's principal means a caller; undefined when it means another principal. */
export const meansAs = (named: GrantPrincipal | undefined, principal: Principal): GrantClass | undefined =>
  identitiesOf(principal).find(([identity]) => identity === named?.identity)?.[1]

/** Computes the fingerprint of a request to create a grant: requests for other grants have other ones. */
export function fingerprintOf(grant: Omit<Grant, 'grantId' | 'createdAtMs' | 'fingerprint'>): string {
  const { name, issuingAccountId, grantee, retiring, operations, constraints } = grant
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = constraints
  const facts = [
    ...[name, issuingAccountId, grantee.identity, retiring?.identity, [...operations].sort(), SourceArn],
    ...[EncryptionContextEquals, EncryptionContextSubset].map((pairs) => pairs && Object.entries(pairs).sort(byName)),
  ]
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

const byName = ([a]: [string, string], [b]: [string, string]) => (a < b ? -1 : 1)
