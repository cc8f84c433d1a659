import type { Clock } from '../../core/clock.ts'
import { hourSeconds } from '../../core/durations.ts'
import { fixedId } from '../../core/identifiers.ts'
import type { CollectionSpec, Store, Transaction } from '../../core/store.ts'
import type { Role, User } from './domain/entities.ts'
import { iamArn } from './domain/names.ts'
import { accessKeys, accountScope, everywhere, type Reader } from './storage/collections.ts'
import { createEntity, findEntity, roleKind, userKind } from './storage/entity-store.ts'
import { changePolicyUse } from './storage/policy-store.ts'
import { bindTrustPolicy } from './storage/trust-policies.ts'

/** The IAM user and the role that a development server makes in each account, both with AdministratorAccess. */
export interface DevelopmentAdministrator {
  accessKeyId: string
  secretAccessKey: string
  userArn: string
  roleArn: string
}

const name = 'administrator'
/** Public, as root's `test` is; 40 characters as on AWS, because some tools check the form. */
const secretAccessKey = 'strongroom/development/administrator/key'
const administratorAccess = 'arn:aws:iam::aws:policy/AdministratorAccess'

/** Says that an account has had its administrator: one that was changed or deleted since is not made again. */
const made: CollectionSpec<{ atMs: number }> = { name: 'iam.development-administrators' }

/**
 * Gives an account its administrator, once: root may assume no role, so without one nothing could use roles before a user was
 * made. Does nothing where a user or a role has the name already.
 */
export async function ensureDevelopmentAdministrator(store: Store, clock: Clock, accountId: string): Promise<void> {
  const scope = accountScope(accountId)
  if (await store.in(made).get(scope, name)) return
  await store.transaction((tx) => giveAdministrator(tx, clock, accountId))
}

/** Does what `ensureDevelopmentAdministrator` does in a transaction of the caller's. */
export async function giveAdministrator(tx: Transaction, clock: Clock, accountId: string): Promise<void> {
  const scope = accountScope(accountId)
  if (await tx.in(made).get(scope, name)) return
  await tx.in(made).put(scope, name, { atMs: clock.nowMs() })
  if (await findEntity(tx, userKind, accountId, name)) return
  if (await findEntity(tx, roleKind, accountId, name)) return
  await makeAdministrator(tx, accountId, clock.nowMs())
}

/** Finds the administrator as the account has it now; undefined when its user or access key is gone, or the key inactive. */
export async function findDevelopmentAdministrator(
  reader: Reader,
  accountId: string,
): Promise<DevelopmentAdministrator | undefined> {
  const key = await reader.in(accessKeys).get(everywhere, accessKeyIdIn(accountId))
  if (key?.status !== 'Active') return undefined
  return {
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    userArn: iamArn(accountId, 'user', '/', name),
    roleArn: iamArn(accountId, 'role', '/', name),
  }
}

async function makeAdministrator(tx: Transaction, accountId: string, createdAtMs: number): Promise<void> {
  const common = (kind: 'user' | 'role', id: string) => ({
    name,
    path: '/',
    id,
    arn: iamArn(accountId, kind, '/', name),
    createdAtMs,
    inlinePolicies: [],
    attachedPolicies: [administratorAccess],
    tags: [],
  })
  const accessKeyId = accessKeyIdIn(accountId)
  const user: User = {
    ...common('user', fixedId('AIDA', accountId, 'DEVADMINS')),
    groupIds: [],
    accessKeyIds: [accessKeyId],
  }
  const role: Role = {
    ...common('role', fixedId('AROA', accountId, 'DEVADMINS')),
    description: 'Made by the development server: users of the account may assume it if a policy allows it.',
    trustPolicy: await bindTrustPolicy(tx, trustOfAccount(accountId)),
    maxSessionSeconds: 12 * hourSeconds,
  }
  await createEntity(tx, userKind, accountId, user)
  await createEntity(tx, roleKind, accountId, role)
  for (const { attachedPolicies } of [user, role]) {
    for (const policy of attachedPolicies) await changePolicyUse(tx, accountId, policy, 'attachments', 1)
  }
  const key = { accessKeyId, accountId, userId: user.id, secretAccessKey, status: 'Active', createdAtMs } as const
  await tx.in(accessKeys).put(everywhere, accessKeyId, key)
}

const accessKeyIdIn = (accountId: string) => fixedId('AKIA', accountId, 'DEVADMIN')

const trustOfAccount = (accountId: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      },
    ],
  })
