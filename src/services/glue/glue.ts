import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import type { GlueContext } from './glue-context.ts'
import { glueOperations } from './glue-service.ts'
import { glueManifest } from './manifest.ts'
import { discardKind, discardRunner } from './operations/discard.ts'
import { outline } from './outline.ts'

const definition: ServiceDefinition<GlueContext> = { ...outline.head, operations: glueOperations }

/** The data catalogue of AWS Glue. */
export const glue: ServiceModule = {
  ...glueManifest,
  definition,
  open({ identity, sealer }) {
    return {
      context: (call): GlueContext => ({ call, identity, sealer }),
      work: { [discardKind]: discardRunner },
    }
  },
}
