import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export interface SqsSettings {
  'sqs.hold-names': boolean
  'sqs.throttle': boolean
}

export const sqsManifest: ServiceManifest<SqsSettings> = {
  outline,
  settings: {
    'sqs.hold-names': {
      description: 'Whether the name of a deleted queue cannot be used again for 60 seconds, as in AWS.',
      values: { true: true, false: false },
      default: true,
    },
    'sqs.throttle': {
      description: "Whether FIFO queues have AWS's rates: 300 calls of an action a second, more with high throughput.",
      values: { false: false, true: true },
      default: false,
    },
  },
}
