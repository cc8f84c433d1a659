import type { ServiceError } from '../core/service-error.ts'
import type { CollectionSpec, Scope, Store, Transaction } from '../core/store.ts'

/** A limit of how many of something there may be. */
export interface CountQuota {
  most: number
  exceeded(): ServiceError
}

/** The counts of one kind of owner, such as an account and Region, a function, or a policy. */
export interface CountersSpec<Name extends string> {
  /** Holds one document for each owner that has anything. */
  collection: CollectionSpec<Readonly<Record<Name, number>>>
  /** Every name, with what an owner without a document has: 0. */
  none: Readonly<Record<Name, 0>>
  /** Counts without a quota here grow without limit. */
  quotas?: Partial<Readonly<Record<Name, CountQuota>>>
}

/** Counts of what there is, kept as it comes and goes, so that a quota costs the same however much there is. */
export interface Counters<Name extends string> {
  read(reader: Pick<Store, 'in'>, scope: Scope, id: string): Promise<Readonly<Record<Name, number>>>
  /**
   * Changes counts in the transaction that adds or removes what they count. The document goes when all counts are 0.
   * @param by - what comes, or goes where it is negative.
   * @returns all counts afterwards.
   * @throws ServiceError of the first quota, in the order of the names, over which the change grows a count.
   */
  change(
    tx: Transaction,
    scope: Scope,
    id: string,
    by: Partial<Readonly<Record<Name, number>>>,
  ): Promise<Readonly<Record<Name, number>>>
}

export function counters<Name extends string>({ collection, none, quotas }: CountersSpec<Name>): Counters<Name> {
  const names = Object.keys(none) as Name[]

  const read: Counters<Name>['read'] = async (reader, { accountId, region }, id) => ({
    ...none,
    ...(await reader.in(collection).get({ accountId, region }, id)),
  })

  return {
    read,
    async change(tx, { accountId, region }, id, by) {
      const counts: Record<Name, number> = { ...(await read(tx, { accountId, region }, id)) }
      for (const name of names) {
        const change = by[name] ?? 0
        counts[name] += change
        const quota = quotas?.[name]
        if (quota && change > 0 && counts[name] > quota.most) throw quota.exceeded()
      }
      const isNothing = names.every((name) => counts[name] === 0)
      if (isNothing) await tx.in(collection).delete({ accountId, region }, id)
      else await tx.in(collection).put({ accountId, region }, id, counts)
      return counts
    },
  }
}
