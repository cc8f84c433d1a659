import { ServiceError } from '../../../core/service-error.ts'
import type { ServiceMetrics } from '../../../core/services/service-metrics.ts'
import type { FunctionVersion } from '../domain/function.ts'
import type { InvocationResult } from './invocation.ts'

const namespace = 'AWS/Lambda'

/**
 * Runs an invocation and publishes what came of it: for the function, for the qualifier that was invoked, and for all functions.
 * @param invokedArn - with the qualifier, where there is one.
 * @throws what `run` throws; a refusal of one invocation too many counts as a throttle.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export async function measured(
  metrics: ServiceMetrics,
  version: FunctionVersion,
  invokedArn: string,
  run: () => Promise<InvocationResult>,
): Promise<InvocationResult> {
  const { accountId, region } = version
  const scope = { accountId, region }
  const publish = (name: string, value: number, unit: string) => {
    for (const dimensions of dimensionsOf(version, invokedArn)) {
      metrics.add({ scope, namespace, name, dimensions, unit }, value)
    }
  }
  const startedMs = performance.now()
  try {
    const result = await run()
    publish('Invocations', 1, 'Count')
    publish('Errors', Number(result.failed), 'Count')
    publish('Throttles', 0, 'Count')
    publish('Duration', performance.now() - startedMs, 'Milliseconds')
    return result
  } catch (refusal) {
    if (refusal instanceof ServiceError && refusal.code === 'TooManyRequestsException') publish('Throttles', 1, 'Count')
    throw refusal
  }
}

function dimensionsOf({ functionName }: FunctionVersion, invokedArn: string): Record<string, string>[] {
  const qualifier = invokedArn.split(':')[7]
  const all: Record<string, string>[] = [{}, { FunctionName: functionName }]
  if (qualifier === undefined) return all
  return [...all, { FunctionName: functionName, Resource: `${functionName}:${qualifier}` }]
}
