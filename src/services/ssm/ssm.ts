import type { WorkRunner } from '../../core/scheduler.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { type SsmSettings, ssmManifest } from './manifest.ts'
import { type ImageDependencies, validateImageRunner, validateImageWork } from './operations/image-work.ts'
import { parameterPolicyRunner, parameterPolicyWork } from './operations/policy-work.ts'
import { requestQuotas } from './operations/request-quotas.ts'
import { outline } from './outline.ts'
import { importPublicParameters, publicImportWork } from './public-imports.ts'
import type { SsmContext } from './ssm-context.ts'
import { ssmOperations } from './ssm-service.ts'
import { CallParameters } from './storage/call-parameters.ts'
import { PublicCatalogue } from './storage/public-catalogue.ts'
import { PublicParameters } from './storage/public-parameters.ts'

const definition: ServiceDefinition<SsmContext> = { ...outline.head, operations: ssmOperations, requestQuotas }

/** AWS Systems Manager: Parameter Store. */
export const ssm: ServiceModule<SsmSettings> = {
  ...ssmManifest,
  definition,
  migrations: outline.migrations,
  open({ store, clock, identity, sealer, home }, settings) {
    const publicParameters = new PublicParameters(new PublicCatalogue())
    return {
      context: (call): SsmContext => ({
        call,
        parameters: new CallParameters(call),
        identity,
        sealer,
        publicParameters,
      }),
      throttled: settings['ssm.throttle'],
      work: { ...ssmWork({ clock, store, publicParameters }), ...publicImportWork({ clock }) },
      tasks: {
        'public-parameters': {
          action: 'strongroom:ImportPublicParameters',
          run: (input, caller) => importPublicParameters({ store, clock, scope: home }, input, caller),
        },
      },
    }
  },
}

/** Returns what Parameter Store does when its time has come, by kind of work. */
export const ssmWork = (dependencies: ImageDependencies): Record<string, WorkRunner> => ({
  [parameterPolicyWork]: parameterPolicyRunner(dependencies),
  [validateImageWork]: validateImageRunner(dependencies),
})
