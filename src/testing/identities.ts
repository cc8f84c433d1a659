import type { Clock } from '../core/clock.ts'
import type { Caller } from '../core/principal.ts'
import type { Store } from '../core/store.ts'
import type { Tag } from '../kit/tags.ts'
import type { Entity, NamedEntity } from '../services/iam/domain/entities.ts'
import {
  createEntity,
  deleteEntity,
  type EntityKind,
  findById,
  renameEntity,
  roleKind,
  updateEntity,
  userKind,
} from '../services/iam/storage/entity-store.ts'
import { bindTrustPolicy } from '../services/iam/storage/trust-policies.ts'
import { allowEverything, arnOf } from './callers.ts'

/** A role with an id that the test knows. */
export interface RoleDescription {
  arn: string
  roleId: string
  /** JSON text. The users and roles that it names must exist. */
  trustPolicy: string
  maxSessionSeconds?: number
  tags?: readonly Tag[]
  /** Documents of its identity policies; none when absent. */
  policies?: readonly string[]
}

/** Makes users and roles exist in IAM, with ids and policies that a test knows. It makes no call, so nothing is recorded. */
export function identitiesIn(store: Store, clock: Clock) {
  async function put<T extends NamedEntity>(kind: EntityKind<T>, accountId: string, entity: T): Promise<void> {
    await store.transaction(async (tx) => {
      if (await findById(tx, kind, accountId, entity.id)) await updateEntity(tx, kind, accountId, entity)
      else await createEntity(tx, kind, accountId, entity)
    })
  }

  async function remove<T extends NamedEntity>(kind: EntityKind<T>, accountId: string, id: string): Promise<void> {
    await store.transaction(async (tx) => {
      const entity = await findById(tx, kind, accountId, id)
      if (entity) await deleteEntity(tx, kind, accountId, entity)
    })
  }

  const entityOf = (arn: string, id: string, documents: readonly string[]): Entity => {
    const nameAt = arn.lastIndexOf('/') + 1
    return {
      ...{ arn, id, name: arn.slice(nameAt), path: arn.slice(arn.indexOf('/'), nameAt), createdAtMs: clock.nowMs() },
      inlinePolicies: documents.map((document, place) => ({ name: `policy-${place}`, document })),
      attachedPolicies: [],
    }
  }

  return {
    /** Makes a user exist with these identity policies and no others. Without a list it is an administrator. */
    putUser(caller: Caller, policies: readonly string[] = [allowEverything]): Promise<void> {
      const { accountId, arn, userId } = userIn(caller)
      const user = { ...entityOf(arn, userId, policies), tags: [], groupIds: [], accessKeyIds: [] }
      return put(userKind, accountId, user)
    },

    removeUser(caller: Caller): Promise<void> {
      const { accountId, userId } = userIn(caller)
      return remove(userKind, accountId, userId)
    },

    async renameUser(caller: Caller, name: string): Promise<void> {
      const { accountId, userId } = userIn(caller)
      await store.transaction(async (tx) => {
        const user = await findById(tx, userKind, accountId, userId)
        if (!user) throw new Error(`${arnOf(caller)} does not exist`)
        const arn = `${user.arn.slice(0, user.arn.lastIndexOf('/'))}/${name}`
        await renameEntity(tx, userKind, accountId, user, { ...user, name, arn })
      })
    },

    /** Makes a role exist, or changes the one that has its id. */
    async putRole(role: RoleDescription): Promise<void> {
      const { arn, roleId, trustPolicy, maxSessionSeconds = 3600, tags = [], policies = [] } = role
      const bound = await bindTrustPolicy(store, trustPolicy)
      const entity = { ...entityOf(arn, roleId, policies), tags, trustPolicy: bound, maxSessionSeconds }
      await put(roleKind, accountIn(arn), entity)
    },

    removeRole: ({ arn, roleId }: Pick<RoleDescription, 'arn' | 'roleId'>) => remove(roleKind, accountIn(arn), roleId),
  }
}

const accountIn = (arn: string): string => arn.split(':')[4] ?? ''

function userIn({ principal }: Caller) {
  if (principal.kind !== 'user') throw new Error('the caller is not a user')
  return principal
}
