import type { DeleteFunctionRequest, DeleteFunctionResponse } from '@aws-sdk/client-lambda'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { aliasNotDeletable, latestNotDeletable, versionHasAliases } from '../domain/errors.ts'
import { latest } from '../domain/function.ts'
import { isVersionNumber } from '../domain/function-name.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { type FunctionTarget, getFunctionIn } from '../storage/call-functions.ts'
import { aliases, versionId, versions } from '../storage/collections.ts'
import { removeFunction, removeVersion } from '../storage/function-store.ts'

/**
 * Deletes a function with its versions, aliases, policies and logs, or one version that no alias needs: one that is not there is as
 * good as deleted. What runs is ended.
 * @throws ServiceError ResourceNotFoundException, ResourceConflictException, InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
 */
export async function deleteFunction(
  lambda: LambdaContext,
  { FunctionName, Qualifier }: Validated<DeleteFunctionRequest>,
): Promise<DeleteFunctionResponse> {
  const { call, codes, functions, host, logs, sessions } = lambda
  const target = functions.target(FunctionName, Qualifier)
  const { scope, functionName, qualifier } = target
  if (qualifier === latest) throw latestNotDeletable()
  if (qualifier !== undefined && !isVersionNumber(qualifier)) throw aliasNotDeletable()
  const { latest: current, grants } = await functions.get(target)
  const answer = await call.transaction(async (tx) => {
    if (qualifier === undefined) {
      await removeFunction(tx, codes, await getFunctionIn(tx, target))
      await logs.remove(tx, scope, functionName)
    } else {
      await deleteVersion(tx, codes, target, qualifier)
    }
    return { StatusCode: 204 }
  })
  await host.discard(qualifier === undefined ? target.functionArn : target.arn)
  if (qualifier === undefined) for (const grant of grants) await sessions.retire(current, grant)
  return answer
}

async function deleteVersion(
  tx: Transaction,
  codes: LambdaContext['codes'],
  { scope, functionName }: FunctionTarget,
  number: string,
): Promise<void> {
  const version = await tx.in(versions).get(scope, versionId(functionName, number))
  if (!version) return
  const index = { name: 'version', value: `${functionName}/${number}` }
  const using = await tx.in(aliases).list(scope, { index, limit: 10 })
  if (using.length > 0) throw versionHasAliases(using.map(({ document }) => document.name))
  await removeVersion(tx, codes, version)
}
