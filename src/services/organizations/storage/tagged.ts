import type { Transaction } from '../../../core/store.ts'
import type { Tag } from '../../../kit/tags.ts'
import type { Organization } from '../domain/entities.ts'
import { policyArn, resourcePolicyArn, targetArn } from '../domain/names.ts'
import {
  everywhere,
  findResourcePolicy,
  members,
  organizationDocument,
  policies,
  type Reader,
  resourcePolicyDocument,
  scopeOf,
  units,
} from './collections.ts'
import { findMemberOf } from './members.ts'
import { findUnit } from './tree.ts'

/** What has tags: the root, an organizational unit, an account, a policy or the resource policy. */
export interface Tagged {
  arn: string
  tags: readonly Tag[]
  /** `organizations:PolicyType`, of a policy. */
  policyType?: string
  put(tx: Transaction, tags: readonly Tag[]): Promise<void>
}

/** Finds what an id names in an organization. */
export async function findTagged(reader: Reader, organization: Organization, id: string): Promise<Tagged | undefined> {
  const scope = scopeOf(organization)
  if (id === organization.rootId) {
    return {
      arn: targetArn(organization, id),
      tags: organization.rootTags,
      put: (tx, rootTags) => organizationDocument.put(tx, { ...organization, rootTags }),
    }
  }
  if (id.startsWith('ou-')) {
    const unit = await findUnit(reader, organization, id)
    return (
      unit && {
        arn: targetArn(organization, id),
        tags: unit.tags,
        put: (tx, tags) => tx.in(units).put(scope, id, { ...unit, tags }),
      }
    )
  }
  if (id.startsWith('p-')) {
    const policy = await reader.in(policies).get(scope, id)
    return (
      policy && {
        arn: policyArn(organization, policy.type, id),
        tags: policy.tags,
        policyType: policy.type,
        put: (tx, tags) => tx.in(policies).put(scope, id, { ...policy, tags }),
      }
    )
  }
  if (id.startsWith('rp-')) {
    const policy = await findResourcePolicy(reader, organization)
    if (policy?.id !== id) return undefined
    return {
      arn: resourcePolicyArn(organization, id),
      tags: policy.tags,
      put: (tx, tags) => resourcePolicyDocument.put(tx, organization, { ...policy, tags }),
    }
  }
  const member = await findMemberOf(reader, organization, id)
  return (
    member && {
      arn: targetArn(organization, id),
      tags: member.tags,
      put: (tx, tags) => tx.in(members).put(everywhere, id, { ...member, tags }),
    }
  )
}
