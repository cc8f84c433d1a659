import type { DeleteParameterRequest, DeleteParametersRequest, DeleteParametersResult } from '@aws-sdk/client-ssm'
import type { Permission, Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { Transaction } from '../../../core/store.ts'
import { parameterNotFound } from '../domain/errors.ts'
import { checkWrittenName, qualifiedName } from '../domain/parameter-name.ts'
import type { SsmContext } from '../ssm-context.ts'
import { findParameter, removeParameter } from '../storage/parameter-store.ts'
import { publishChange } from './change-events.ts'
import { arnIn, parameterPermission } from './permissions.ts'
import { parameterPolicyWork } from './policy-work.ts'

/** Returns the permissions for operations that change one parameter, or all there is of it. */
export const onWrittenName = async (context: SsmContext, { Name }: { Name: string }): Promise<Permission[]> => {
  const { call } = context
  const qualified = qualifiedName(checkWrittenName(Name, call))
  return [await parameterPermission(context, { accountId: call.accountId, qualified })]
}

/**
 * Deletes a parameter with all its versions, labels, policies and tags.
 * @throws ServiceError ParameterNotFound.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html
 */
export async function deleteParameter(
  context: SsmContext,
  { Name }: Validated<DeleteParameterRequest>,
): Promise<object> {
  const qualified = qualifiedName(checkWrittenName(Name, context.call))
  return context.call.transaction(async (tx) => {
    if (!(await deleteOne(context, tx, qualified))) throw parameterNotFound()
    return {}
  })
}

export const deleteParametersPermissions = async (
  context: SsmContext,
  { Names }: Validated<DeleteParametersRequest>,
): Promise<Permission[]> => {
  const { accountId } = context.call
  const names = distinct(Names).map((name) => writtenName(context, name))
  const known = names.filter((qualified) => qualified !== undefined)
  return Promise.all(known.map((qualified) => parameterPermission(context, { accountId, qualified })))
}

/** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html */
export async function deleteParameters(
  context: SsmContext,
  { Names }: Validated<DeleteParametersRequest>,
): Promise<DeleteParametersResult> {
  const names = distinct(Names)
  return context.call.transaction(async (tx) => {
    const DeletedParameters: string[] = []
    for (const name of names) {
      const qualified = writtenName(context, name)
      if (qualified !== undefined && (await deleteOne(context, tx, qualified))) DeletedParameters.push(name)
    }
    return { DeletedParameters, InvalidParameters: names.filter((name) => !DeletedParameters.includes(name)) }
  })
}

const distinct = (names: readonly string[]) => [...new Set(names)]

/** Undefined for text that can be no parameter's name. @throws ServiceError AccessDeniedException - a reserved name. */
function writtenName({ call }: SsmContext, name: string): string | undefined {
  try {
    return qualifiedName(checkWrittenName(name, call))
  } catch (refused) {
    const isReserved = refused instanceof ServiceError && refused.code === 'AccessDeniedException'
    if (refused instanceof ServiceError && !isReserved) return undefined
    throw refused
  }
}

async function deleteOne({ call }: SsmContext, tx: Transaction, qualified: string): Promise<boolean> {
  const parameter = await findParameter(tx, call, qualified)
  if (!parameter) return false
  const arn = arnIn(call, parameter)
  await removeParameter(tx, parameter)
  if (parameter.policies.length > 0) await tx.unschedule(parameterPolicyWork, arn)
  await publishChange(tx, arn, parameter, 'Delete', call.clock.nowMs())
  return true
}
