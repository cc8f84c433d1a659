import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { schedulerPrincipal } from './domain/names.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'scheduler',
    title: 'Amazon EventBridge Scheduler',
    principal: schedulerPrincipal,
    apiVersion: '2021-06-30',
    bindings: [
      {
        protocol: 'restJson1',
        paths: /^\/(schedules|schedule-groups)(\/|$)|^\/tags\/arn(:|%3A)aws[^:%]*(:|%3A)scheduler/i,
      },
    ],
    messageMember: 'Message',
    validationErrorCode: 'ValidationException',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
  work: {
    'scheduler.deliver': { atOnce: 1, isPrompt: true },
    'scheduler.run': { atOnce: 4 },
    'scheduler.delete-group': 'shared',
  },
}
