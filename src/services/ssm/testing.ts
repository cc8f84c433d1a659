import type { ServiceModule } from '../../core/services/service-module.ts'
import { serviceFixture } from '../../testing/service-fixture.ts'
import { typedCalls } from '../../testing/typed-calls.ts'
import { ssm } from './ssm.ts'
import type { ssmOperations } from './ssm-service.ts'

export { accountId, region } from '../../testing/callers.ts'

/** Parameter Store in the pipeline, beside the services that a test needs. */
export async function ssmFixture(...others: ServiceModule[]) {
  const fixture = await serviceFixture([ssm, ...others])
  return { ...fixture, ask: fixture.call, ...typedCalls<typeof ssmOperations>(fixture, 'ssm') }
}
