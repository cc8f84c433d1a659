import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { createSessionTokens } from '../../crypto/session-token.ts'
import { stsManifest } from './manifest.ts'
import { outline } from './outline.ts'
import { type StsContext, stsContext } from './sts-context.ts'
import { stsOperations } from './sts-service.ts'

const definition: ServiceDefinition<StsContext> = { ...outline.head, operations: stsOperations }

/** AWS Security Token Service. Regional: a call is recorded in the region that it names. */
export const sts: ServiceModule = {
  ...stsManifest,
  definition,
  open({ identity, sealer, adviseRoot }) {
    const tokens = createSessionTokens(sealer)
    return { context: (call) => stsContext({ identity, tokens, sealer, adviseRoot }, call) }
  },
}
