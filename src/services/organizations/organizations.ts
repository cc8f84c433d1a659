import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import { type OrganizationsSettings, organizationsManifest } from './manifest.ts'
import { createAccountRunner, createAccountWork } from './operations/create-account-work.ts'
import { forgetHandshakeRunner, forgetHandshakeWork } from './operations/forget-handshake.ts'
import type { OrganizationsContext } from './organizations-context.ts'
import { organizationsOperations } from './organizations-service.ts'
import { outline } from './outline.ts'

const definition: ServiceDefinition<OrganizationsContext> = { ...outline.head, operations: organizationsOperations }

/** AWS Organizations. */
export const organizations: ServiceModule<OrganizationsSettings> = {
  ...organizationsManifest,
  definition,
  open({ store, clock, calls, accounts, identity, sealer, onFault }, settings) {
    const accountQuota = settings['organizations.account-quota']
    const dependencies = {
      ...{ identity, sealer, accounts, accountQuota },
      waitsBeforeLeaving: settings['organizations.wait-before-leaving'],
    }
    return {
      context: (call): OrganizationsContext => ({ call, standing: new FoundOnce(), ...dependencies }),
      work: {
        [createAccountWork]: {
          run: createAccountRunner({ store, clock, calls, accounts, accountQuota, onFault }),
          ...{ atOnce: 2, isPrompt: true },
        },
        [forgetHandshakeWork]: forgetHandshakeRunner,
      },
    }
  },
}
