import type { CollectionSpec, Scope, Store } from '../../../core/store.ts'
import { counters } from '../../../kit/counters.ts'
import type { Bucket } from '../domain/bucket.ts'
import { tooManyBuckets } from '../domain/errors.ts'

/** By name: names are unique over all accounts and Regions. */
export const buckets: CollectionSpec<Bucket> = {
  name: 's3.buckets',
  indexes: { owner: ({ accountId, name }) => [`${accountId}/${name}`] },
}

export const everywhere: Scope = { accountId: '', region: '' }

const counts: CollectionSpec<Readonly<Record<'buckets', number>>> = { name: 's3.bucket-counts' }

/** How many buckets an account has, in all Regions. */
export const bucketCounts = counters({
  collection: counts,
  none: { buckets: 0 },
  quotas: { buckets: { most: 10_000, exceeded: tooManyBuckets } },
})

/** The buckets of an account in order of their names: from a text on, and behind a name. */
export async function bucketsOf(
  store: Pick<Store, 'in'>,
  accountId: string,
  { after, from, limit }: { after: string; from: string; limit: number },
): Promise<Bucket[]> {
  const place =
    after !== '' && after >= from
      ? { value: `${accountId}/${after}`, id: after }
      : { value: `${accountId}/${from}`, id: '' }
  const found = await store.in(buckets).listOrdered(everywhere, { index: 'owner', after: place, limit })
  return found.map(({ document }) => document).filter((bucket) => bucket.accountId === accountId)
}
