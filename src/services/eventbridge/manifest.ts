import type { ServiceManifest } from '../../core/services/service-module.ts'
import type { HttpEndpoints } from '../../kit/http-endpoints.ts'
import { outline } from './outline.ts'

/** Which recorded calls come to event buses: those that a trail takes, or all. */
export type ApiCallEvents = 'trails' | 'all'

export interface EventBridgeSettings {
  'events.api-calls': ApiCallEvents
  'events.http-endpoints': HttpEndpoints
  'events.rules-per-bus': number
}

export const eventbridgeManifest: ServiceManifest<EventBridgeSettings> = {
  outline,
  settings: {
    'events.api-calls': {
      description: 'Which recorded calls come to event buses: those that a trail takes, as on AWS, or all.',
      values: { trails: 'trails', all: 'all' },
      default: 'trails',
    },
    'events.http-endpoints': {
      description: 'Which API destinations are called: those of the machine itself, also without TLS, or any.',
      values: { loopback: 'loopback', any: 'any' },
      default: 'loopback',
    },
    'events.rules-per-bus': {
      description: "How many rules an event bus can have: AWS's default quota, or one that was raised.",
      values: { 300: 300, 2000: 2000 },
      default: 300,
    },
  },
}
