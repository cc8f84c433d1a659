import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export interface EventBridgeSettings {
  'events.rules-per-bus': number
}

export const eventbridgeManifest: ServiceManifest<EventBridgeSettings> = {
  outline,
  settings: {
    'events.rules-per-bus': {
      description: "How many rules an event bus can have: AWS's default quota, or one that was raised.",
      values: { 300: 300, 2000: 2000 },
      default: 300,
    },
  },
}
