import { ServiceError } from '../../core/service-error.ts'
import type { Scope } from '../../core/store.ts'
import type { FunctionLogs, InvocationLog } from './storage/function-logs.ts'

/**
 * Returns what an operator reads of a function's log: that of its last invocations, oldest first.
 * @param input - `functionName`, and `region` where it is not the scope's.
 * @throws ServiceError ValidationException, ResourceNotFoundException.
 */
export async function readFunctionLogs(
  logs: FunctionLogs,
  scope: Scope,
  input: unknown,
): Promise<{ invocations: readonly InvocationLog[] }> {
  const { functionName, region = scope.region } = (input ?? {}) as Record<string, unknown>
  if (typeof functionName !== 'string' || typeof region !== 'string') {
    throw new ServiceError('ValidationException', 400, 'Send {"functionName": "…"}, with "region" for another region.')
  }
  const where = { ...scope, region }
  if (!(await logs.isFunction(where, functionName))) {
    throw new ServiceError(
      'ResourceNotFoundException',
      404,
      `There is no function ${functionName} in ${region}: "aws lambda list-functions" names those there are.`,
    )
  }
  return { invocations: await logs.read(where, functionName) }
}
