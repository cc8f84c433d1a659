import type { ServiceManifest } from '../../core/services/service-module.ts'
import type { ImportRule } from './domain/material/import-rules.ts'
import { outline } from './outline.ts'

export interface KmsSettings {
  'kms.import': ImportRule
  'kms.throttle': boolean
}

export const kmsManifest: ServiceManifest<KmsSettings> = {
  outline,
  settings: {
    'kms.import': {
      description: 'Which KMS keys take imported material: symmetric ones, or any (RSA, ECC and HMAC too) as on AWS.',
      values: { symmetric: 'symmetric', any: 'any' },
      default: 'symmetric',
    },
    'kms.throttle': {
      description: "Whether KMS throttles calls over AWS's default request quotas.",
      values: { true: true, false: false },
      default: false,
    },
  },
}
