import type { Call } from '../../../core/call.ts'
import type { Permission } from '../../../core/operation.ts'
import { userNameNeeded } from '../domain/errors.ts'
import { checkName, rootArn } from '../domain/names.ts'
import type { IamContext } from '../iam-context.ts'
import { userKind } from '../storage/entity-store.ts'
import { actionOf, entityPermission } from './permissions.ts'

/** The user or root user that an operation is about: the one that it names, else the caller. */
export type TargetUser = { isRoot: false; userName: string } | { isRoot: true }

/** @throws ServiceError ValidationError when no user is named and the caller is a session of a role or a federated user. */
export function targetUser(call: Call, userName: string | undefined): TargetUser {
  if (userName !== undefined) return { isRoot: false, userName: checkName('userName', userName) }
  const { principal } = call.caller
  if (principal.kind === 'user') return { isRoot: false, userName: principal.userName }
  if (principal.kind === 'root') return { isRoot: true }
  throw userNameNeeded()
}

export const onTargetUser = async (context: IamContext, { UserName }: { UserName?: string }): Promise<Permission[]> => {
  const { call } = context
  const target = targetUser(call, UserName)
  return target.isRoot
    ? [{ action: actionOf(call), resource: rootArn(call.accountId) }]
    : [await entityPermission(context, userKind, target.userName)]
}
