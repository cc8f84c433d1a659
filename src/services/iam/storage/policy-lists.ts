import { mapAll } from '../../../core/awaitable.ts'
import type { Placed } from '../../../kit/bounded-list.ts'
import type { ManagedPolicy, PolicyUse } from '../domain/entities.ts'
import { policyPathIn } from '../domain/names.ts'
import type { Source } from '../domain/pagination.ts'
import { awsPolicySource, findAwsPolicy } from './aws-policies.ts'
import { accountScope, policies, policyUses, type Reader } from './collections.ts'
import { policyUseOf } from './policy-store.ts'
import { collectionSource } from './sources.ts'

export interface UsedPolicy {
  policy: ManagedPolicy
  use: PolicyUse
}

/** With the use that the account makes of each. */
const withUses = (reader: Reader, accountId: string, { name, read }: Source<ManagedPolicy>): Source<UsedPolicy> => ({
  name,
  async read(after, limit) {
    const rows = await read(after, limit)
    const uses = await mapAll(rows, ({ row }) => policyUseOf(reader, accountId, row.arn))
    return rows.flatMap(({ place, row: policy }, index) => {
      const use = uses[index]
      return use ? [{ place, row: { policy, use } }] : []
    })
  },
})

/** The account's policies, in order of name. @param test - says of a policy and its use whether it is shown. */
export function ownPolicies(
  reader: Reader,
  accountId: string,
  { index, test }: { index?: { name: string; value: string }; test?: (used: UsedPolicy) => boolean },
): Source<UsedPolicy> {
  const all = withUses(reader, accountId, collectionSource(reader, policies, accountScope(accountId), { index }))
  return test ? { ...all, fits: test, rowsReadForOne: 2 } : all
}

/** AWS's own policies under a path. */
export const awsPolicies = async (reader: Reader, accountId: string, prefix: string): Promise<Source<UsedPolicy>> =>
  withUses(reader, accountId, await awsPolicySource(reader, (arn) => policyPathIn(arn).startsWith(prefix)))

/** AWS's own policies that the account uses, in order of ARN. @param prefix - of the path. */
export const awsPoliciesInUse = (reader: Reader, accountId: string, prefix = '/'): Source<UsedPolicy> => ({
  name: 'aws-policies-in-use',
  async read(after, limit) {
    const idPrefix = `arn:aws:iam::aws:policy${prefix}`
    const rows: Placed<UsedPolicy>[] = []
    for (let afterId = after; rows.length < limit; ) {
      const wanted = limit - rows.length
      const uses = await reader.in(policyUses).list(accountScope(accountId), { idPrefix, afterId, limit: wanted })
      for (const { id, document: use } of uses) {
        const policy = await findAwsPolicy(reader, id)
        if (policy) rows.push({ place: id, row: { policy, use } })
      }
      if (uses.length < wanted) break
      afterId = uses.at(-1)?.id
    }
    return rows
  },
})
