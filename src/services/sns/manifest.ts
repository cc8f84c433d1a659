import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export interface SnsSettings {
  'sns.http-endpoints': 'loopback' | 'any'
}

export const snsManifest: ServiceManifest<SnsSettings> = {
  outline,
  settings: {
    'sns.http-endpoints': {
      description: 'Which HTTP endpoints can subscribe to topics: those of the machine itself, or any.',
      values: { loopback: 'loopback', any: 'any' },
      default: 'loopback',
    },
  },
}
