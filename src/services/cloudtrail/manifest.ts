import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export interface CloudTrailSettings {
  'cloudtrail.throttle': boolean
}

export const cloudtrailManifest: ServiceManifest<CloudTrailSettings> = {
  outline,
  settings: {
    'cloudtrail.throttle': {
      description: 'Whether LookupEvents is limited to two requests a second for each account and Region, as on AWS.',
      values: { true: true, false: false },
      default: false,
    },
  },
}
