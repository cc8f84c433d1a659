import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { eventsPrincipal } from './domain/names.ts'
import { followsLedger } from './storage/ledger-position.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'events',
    title: 'Amazon EventBridge',
    principal: eventsPrincipal,
    apiVersion: '2015-10-07',
    bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['AWSEvents'] }],
    messageMember: 'message',
    validationErrorCode: 'ValidationException',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
  work: {
    'events.targets.deliver': { atOnce: 1, isPrompt: true },
    'events.http.deliver': { atOnce: 1, isPrompt: true },
    'events.fan-out': { atOnce: 1, isPrompt: true },
    'events.run-rule': 'shared',
    'events.replay': { atOnce: 1, isPrompt: true },
    'events.forget-replay': 'shared',
    'events.expire-archive': 'shared',
    'events.authorize-connection': 'shared',
    'events.empty-archive': 'shared',
  },
  takesEvents: true,
  isNeeded: followsLedger,
}
