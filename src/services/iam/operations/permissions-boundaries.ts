import type { Entity } from '../domain/entities.ts'
import { noBoundary } from '../domain/errors.ts'
import type { IamContext } from '../iam-context.ts'
import { getEntity, type IdentityKind, updateEntity } from '../storage/entity-store.ts'
import { releaseBoundary, takeBoundary } from '../storage/policy-store.ts'
import { type NamedInput, nameIn } from './permissions.ts'

type Bounded = Entity & { boundaryArn?: string }

/**
 * PutUserPermissionsBoundary, PutRolePermissionsBoundary: sets the boundary or replaces it.
 * @throws ServiceError NoSuchEntity, InvalidInput (not a policy's ARN).
 */
export const putPermissionsBoundary =
  <T extends Bounded>(kind: IdentityKind<T>) =>
  async ({ call }: IamContext, input: NamedInput & { PermissionsBoundary: string }): Promise<undefined> => {
    const { accountId } = call
    return call.transaction(async (tx) => {
      const entity = await getEntity(tx, kind, accountId, nameIn(kind, input))
      await takeBoundary(tx, accountId, input.PermissionsBoundary)
      await releaseBoundary(tx, accountId, entity.boundaryArn)
      await updateEntity(tx, kind, accountId, { ...entity, boundaryArn: input.PermissionsBoundary })
      return undefined
    })
  }

/** @throws ServiceError NoSuchEntity (also without a boundary). */
export const deletePermissionsBoundary =
  <T extends Bounded>(kind: IdentityKind<T>) =>
  async ({ call }: IamContext, input: NamedInput): Promise<undefined> => {
    const { accountId } = call
    return call.transaction(async (tx) => {
      const entity = await getEntity(tx, kind, accountId, nameIn(kind, input))
      if (entity.boundaryArn === undefined) throw noBoundary(kind.noun, entity.name)
      await releaseBoundary(tx, accountId, entity.boundaryArn)
      await updateEntity(tx, kind, accountId, { ...entity, boundaryArn: undefined })
      return undefined
    })
  }
