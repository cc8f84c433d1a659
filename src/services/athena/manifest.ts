import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export interface AthenaSettings {
  'athena.processes': number
  'athena.memory': string
}

export const athenaManifest: ServiceManifest<AthenaSettings> = {
  outline,
  settings: {
    'athena.processes': {
      description: 'How many queries of Athena run at a time, each in a process of its own with two threads.',
      values: { 1: 1, 2: 2, 4: 4, 8: 8 },
      default: 2,
    },
    'athena.memory': {
      description: 'How much memory a query of Athena may take. One that needs more fails.',
      values: { '256MB': '256MB', '512MB': '512MB', '1GB': '1GB', '2GB': '2GB', '4GB': '4GB', '8GB': '8GB' },
      default: '1GB',
    },
  },
}
