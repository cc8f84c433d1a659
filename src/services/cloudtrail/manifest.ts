import { hourMs, minuteMs } from '../../core/durations.ts'
import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export interface CloudTrailSettings {
  'cloudtrail.throttle': boolean
  /** Milliseconds. */
  'cloudtrail.insights-warmup': number
}

export const cloudtrailManifest: ServiceManifest<CloudTrailSettings> = {
  outline,
  settings: {
    'cloudtrail.insights-warmup': {
      description: 'How long calls are only counted after Insights were switched on, before one can be found.',
      values: { '36h': 36 * hourMs, '1h': hourMs, '10m': 10 * minuteMs },
      default: 36 * hourMs,
    },
    'cloudtrail.throttle': {
      description: 'Whether LookupEvents is limited to two requests a second for each account and Region, as on AWS.',
      values: { true: true, false: false },
      default: false,
    },
  },
}
