import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { followsLedger } from './storage/ledger-position.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'cloudtrail',
    title: 'AWS CloudTrail',
    principal: 'cloudtrail.amazonaws.com',
    apiVersion: '2013-11-01',
    bindings: [
      {
        protocol: 'awsJson1_1',
        targetPrefixes: ['CloudTrail_20131101', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'],
      },
    ],
    messageMember: 'message',
    validationErrorCode: 'ValidationException',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
  work: {
    'cloudtrail.deliver': { atOnce: 1, isPrompt: true },
    'cloudtrail.deliver-files': { atOnce: 2 },
    'cloudtrail.deliver-logs': { atOnce: 2 },
    'cloudtrail.deliver-digest': { atOnce: 1 },
    'cloudtrail.forget-trail': 'shared',
    'cloudtrail.close-minutes': { atOnce: 1 },
    'cloudtrail.forget-insight': 'shared',
    'cloudtrail.settle-store': { atOnce: 2, isPrompt: true },
    'cloudtrail.remove-store': 'shared',
    'cloudtrail.write-events': { atOnce: 2 },
    'cloudtrail.merge-events': { atOnce: 1 },
    'cloudtrail.expire-events': 'shared',
    'cloudtrail.run-query': { atOnce: 4, isPrompt: true },
    'cloudtrail.forget-query': 'shared',
    'cloudtrail.import': { atOnce: 1 },
    'cloudtrail.refresh-dashboard': 'shared',
  },
  hasTrails: true,
  isNeeded: followsLedger,
}
