import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { createSessionTokens } from '../../crypto/session-token.ts'
import { type StsContext, stsContext } from './sts-context.ts'
import { stsOperations } from './sts-service.ts'

const definition: ServiceDefinition<StsContext> = {
  name: 'sts',
  title: 'AWS Security Token Service',
  principal: 'sts.amazonaws.com',
  apiVersion: '2011-06-15',
  bindings: [
    {
      protocol: 'awsQuery',
      version: '2011-06-15',
      xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
      times: 'seconds',
    },
  ],
  messageMember: 'message',
  validationErrorCode: 'ValidationError',
  validationShowsValues: true,
  loadModel: async () =>
    (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  operations: stsOperations,
}

/** AWS Security Token Service. Regional: a call is recorded in the region that it names. */
export const sts: ServiceModule = {
  definition,
  open({ identity, sealer, adviseRoot }) {
    const tokens = createSessionTokens(sealer)
    return { context: (call) => stsContext({ identity, tokens, sealer, adviseRoot }, call) }
  },
}
