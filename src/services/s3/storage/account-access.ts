import type { Awaitable } from '../../../core/awaitable.ts'
import type { CollectionSpec, Scope, Store } from '../../../core/store.ts'
import type { Bucket, PublicAccessBlock } from '../domain/bucket.ts'

/** One document an account. */
export const accountAccess: CollectionSpec<PublicAccessBlock> = { name: 's3.account-access' }

export const theBlock = 'public-access-block'

/** Returns the scope of what an account sets for its buckets in all Regions. */
export const accountScope = (accountId: string): Scope => ({ accountId, region: '' })

/** Returns what an account has set for all its buckets. */
export const accountAccessOf = (
  reader: Pick<Store, 'in'>,
  accountId: string,
): Awaitable<PublicAccessBlock | undefined> => reader.in(accountAccess).get(accountScope(accountId), theBlock)

/** Returns true where the bucket or its account blocks a kind of public access. */
export async function isBlocked(
  reader: Pick<Store, 'in'>,
  { accountId, publicAccess }: Bucket,
  kind: keyof PublicAccessBlock,
): Promise<boolean> {
  return publicAccess?.[kind] === true || (await accountAccessOf(reader, accountId))?.[kind] === true
}
