import type { LambdaFunction } from '../domain/function.ts'
import type { ConcurrencyLimits } from '../execution/function-host.ts'
import type { LambdaContext, LambdaResources } from '../lambda-context.ts'
import { totalsOf } from '../storage/function-store.ts'

/** Returns how many invocations of a function may run at a time. */
export async function limitsOf(
  { accountConcurrency }: Pick<LambdaResources, 'accountConcurrency'>,
  { store }: Pick<LambdaContext['call'], 'store'>,
  { latest: { accountId, region }, reservedConcurrency: reserved }: LambdaFunction,
): Promise<ConcurrencyLimits> {
  const { reservedConcurrency } = await totalsOf(store, { accountId, region })
  return { reserved, unreserved: accountConcurrency - reservedConcurrency }
}
