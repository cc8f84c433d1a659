import type {
  Concurrency,
  DeleteFunctionConcurrencyRequest,
  GetAccountSettingsRequest,
  GetAccountSettingsResponse,
  GetFunctionConcurrencyRequest,
  GetFunctionConcurrencyResponse,
  PutFunctionConcurrencyRequest,
} from '@aws-sdk/client-lambda'
import type { Validated } from '../../../core/operation.ts'
import { quotas } from '../domain/quotas.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { getFunctionIn, latestOnly } from '../storage/call-functions.ts'
import { reserve, totalsOf } from '../storage/function-store.ts'

/**
 * Sets concurrency aside for a function, which is its limit too; 0 keeps it from running.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterValueException (fewer than 100 left for the others).
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
 */
export async function putFunctionConcurrency(
  { call, functions, accountConcurrency }: LambdaContext,
  { FunctionName, ReservedConcurrentExecutions }: Validated<PutFunctionConcurrencyRequest>,
): Promise<Concurrency> {
  const target = latestOnly(functions.target(FunctionName))
  return call.transaction(async (tx) => {
    await reserve(tx, await getFunctionIn(tx, target), ReservedConcurrentExecutions, accountConcurrency)
    return { ReservedConcurrentExecutions }
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function deleteFunctionConcurrency(
  { call, functions, accountConcurrency }: LambdaContext,
  { FunctionName }: Validated<DeleteFunctionConcurrencyRequest>,
): Promise<undefined> {
  const target = latestOnly(functions.target(FunctionName))
  return call.transaction(async (tx) => {
    await reserve(tx, await getFunctionIn(tx, target), undefined, accountConcurrency)
    return undefined
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function getFunctionConcurrency(
  { functions }: LambdaContext,
  { FunctionName }: Validated<GetFunctionConcurrencyRequest>,
): Promise<GetFunctionConcurrencyResponse> {
  const { reservedConcurrency } = await functions.get(functions.target(FunctionName))
  return { ReservedConcurrentExecutions: reservedConcurrency }
}

/** The limits of the account in the region, and what is used of them. */
export async function getAccountSettings(
  { call, accountConcurrency }: LambdaContext,
  _request: GetAccountSettingsRequest,
): Promise<GetAccountSettingsResponse> {
  const { accountId, region, store } = call
  const { codeBytes, functions, reservedConcurrency } = await totalsOf(store, { accountId, region })
  return {
    AccountLimit: {
      TotalCodeSize: quotas.codeStorageBytes,
      CodeSizeUnzipped: quotas.unzippedBytes,
      CodeSizeZipped: quotas.zippedBytes,
      ConcurrentExecutions: accountConcurrency,
      UnreservedConcurrentExecutions: accountConcurrency - reservedConcurrency,
    },
    AccountUsage: { TotalCodeSize: codeBytes, FunctionCount: functions },
  }
}
