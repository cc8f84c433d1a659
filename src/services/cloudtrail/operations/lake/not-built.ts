import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { federationNotBuilt, generationNotBuilt } from '../../domain/lake/errors.ts'
import { findActiveStore } from './find-store.ts'

/** EnableFederation, DisableFederation. @throws ServiceError UnsupportedOperationException, and those of the store */
export async function refuseFederation(
  context: CloudTrailContext,
  { EventDataStore }: { EventDataStore: string },
): Promise<never> {
  await findActiveStore(context, EventDataStore)
  throw federationNotBuilt()
}

/** GenerateQuery. @throws ServiceError UnsupportedOperationException, and those of the store */
export async function refuseGeneration(
  context: CloudTrailContext,
  { EventDataStores }: { EventDataStores: readonly string[] },
): Promise<never> {
  for (const named of EventDataStores) await findActiveStore(context, named)
  throw generationNotBuilt()
}
