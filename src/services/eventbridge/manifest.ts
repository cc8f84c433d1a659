import type { ServiceManifest } from '../../core/services/service-module.ts'
import type { HttpEndpoints } from '../../kit/http-endpoints.ts'
import { outline } from './outline.ts'

export interface EventBridgeSettings {
  'events.http-endpoints': HttpEndpoints
  'events.rules-per-bus': number
}

export const eventbridgeManifest: ServiceManifest<EventBridgeSettings> = {
  outline,
  settings: {
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
