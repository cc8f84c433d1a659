import type { CollectionSpec, Transaction } from '../../../core/store.ts'
import { tooManyGrants } from '../domain/errors.ts'
import type { Grant } from '../domain/grants/grant.ts'
import { allowsUse, constraintTag, type GrantUse, tagsOf } from '../domain/grants/grant-constraints.ts'
import type { KmsKey } from '../domain/key.ts'
import { quotas } from '../domain/quotas.ts'
import { keys, type Reader, scopeOf } from './collections.ts'
import { type KeyPlace, putKey, rereadKey } from './key-store.ts'

const useOf = (keyId: string, identity: string, operation: string, tag: string) =>
  `${keyId} ${identity} ${operation} ${tag}`

const ofGrantee = (keyId: string, identity: string) => `${keyId} ${identity}`

/** Under the grant id, in the place of the key. */
export const grants: CollectionSpec<Grant> = {
  name: 'kms.grants',
  indexes: {
    key: ({ keyId }) => [keyId],
    grantee: ({ keyId, grantee }) => [ofGrantee(keyId, grantee.identity)],
    fingerprint: ({ keyId, fingerprint }) => (fingerprint ? [`${keyId} ${fingerprint}`] : []),
    // What an authorisation asks for: its cost depends on the request, not on how many grants there are.
    use: (grant) =>
      grant.operations.map((operation) =>
        useOf(grant.keyId, grant.grantee.identity, operation, constraintTag(grant, operation)),
      ),
  },
}

/** The place of a grant that its retiring principal can find. */
export interface RetirableGrant {
  grantId: string
  accountId: string
  keyId: string
  /** Of the retiring principal. */
  identity: string
}

/**
 * Under the grant id, in the account of the retiring principal, because the key may be another account's. Those of
 * services are in the account of the key.
 */
export const retirableGrants: CollectionSpec<RetirableGrant> = {
  name: 'kms.retirable-grants',
  indexes: { identity: ({ identity }) => [identity] },
}

/** @param accountId - of the principal that may retire. */
export const retirableScope = (accountId: string, region: string) => ({ accountId, region })

/** The grant of a key under an id, or the one that was made by the same request. */
export async function findGrant(reader: Reader, key: KeyPlace, grantId: string): Promise<Grant | undefined> {
  const grant = await reader.in(grants).get(scopeOf(key), grantId)
  return grant?.keyId === key.keyId ? grant : undefined
}

export async function findSameGrant(reader: Reader, key: KeyPlace, fingerprint: string): Promise<Grant | undefined> {
  const index = { name: 'fingerprint', value: `${key.keyId} ${fingerprint}` }
  const [found] = await reader.in(grants).list(scopeOf(key), { index, limit: 1 })
  return found?.document
}

const pageSize = 100

/**
 * A grant that allows one of its grantees to use the key.
 * @param suffices - a further demand on the grant.
 */
export async function findAllowingGrant(
  reader: Reader,
  key: KmsKey,
  identity: string,
  use: GrantUse,
  suffices: (grant: Grant) => boolean = () => true,
): Promise<Grant | undefined> {
  for (const tag of tagsOf(use)) {
    const index = { name: 'use', value: useOf(key.keyId, identity, use.operation, tag) }
    for (let afterId: string | undefined; ; ) {
      const page = await reader.in(grants).list(scopeOf(key), { index, afterId, limit: afterId ? pageSize : 1 })
      const found = page.find(({ document }) => allowsUse(document, use) && suffices(document))
      if (found) return found.document
      afterId = page.at(-1)?.id
      if (afterId === undefined) break
    }
  }
  return undefined
}

/** The grants of a key, or those of one grantee, in order of their ids. */
export async function listGrantsOf(
  reader: Reader,
  key: KeyPlace,
  identity: string | undefined,
  page: { afterId: string | undefined; limit: number },
): Promise<Grant[]> {
  const index =
    identity === undefined
      ? { name: 'key', value: key.keyId }
      : { name: 'grantee', value: ofGrantee(key.keyId, identity) }
  const found = await reader.in(grants).list(scopeOf(key), { index, ...page })
  return found.map(({ document }) => document)
}

/** @throws ServiceError LimitExceededException. */
export async function addGrant(tx: Transaction, key: KmsKey, grant: Grant): Promise<void> {
  const { grantCount = 0 } = key
  if (grantCount >= quotas.grantsPerKey) throw tooManyGrants(key.arn)
  await putKey(tx, { ...key, grantCount: grantCount + 1 })
  await tx.in(grants).put(scopeOf(key), grant.grantId, grant)
  const pointer = pointerOf(grant)
  if (pointer) await tx.in(retirableGrants).put(pointer.scope, grant.grantId, pointer.document)
}

/** Removes a grant that was found. @returns false when it was gone already. */
export async function removeGrant(tx: Transaction, grant: Grant, key: KeyPlace): Promise<boolean> {
  if (!(await deleteGrant(tx, grant))) return false
  const { grantCount = 0, ...rest } = await rereadKey(tx, key)
  await putKey(tx, grantCount > 1 ? { ...rest, grantCount: grantCount - 1 } : rest)
  return true
}

async function deleteGrant(tx: Transaction, grant: Grant): Promise<boolean> {
  const pointer = pointerOf(grant)
  if (pointer) await tx.in(retirableGrants).delete(pointer.scope, grant.grantId)
  return tx.in(grants).delete(scopeOf(grant), grant.grantId)
}

function pointerOf({ grantId, accountId, region, keyId, retiring }: Grant) {
  if (!retiring) return undefined
  const { identity, accountId: own = accountId } = retiring
  return { scope: retirableScope(own, region), document: { grantId, accountId, keyId, identity } }
}

/** The key of a grant. The grants of a key that is gone are as good as gone. */
export const findKeyOfGrant = (reader: Reader, { accountId, keyId }: RetirableGrant, region: string) =>
  reader.in(keys).get({ accountId, region }, keyId)

/**
 * Removes some of the grants that a deleted key has left. They cannot be used, as the key is gone; only the id of a replica
 * key ever comes back.
 * @returns whether some are left.
 */
export async function removeOrphanGrants(tx: Transaction, key: Omit<KeyPlace, 'arn'>, limit: number): Promise<boolean> {
  const index = { name: 'key', value: key.keyId }
  const found = await tx.in(grants).list(scopeOf(key), { index, limit })
  for (const { document } of found) await deleteGrant(tx, document)
  return found.length === limit
}
