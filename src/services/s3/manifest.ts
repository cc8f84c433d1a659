import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export interface S3Settings {
  's3.customer-keys-over-http': boolean
}

export const s3Manifest: ServiceManifest<S3Settings> = {
  outline,
  settings: {
    's3.customer-keys-over-http': {
      description:
        "Whether requests with customers' own encryption keys (SSE-C) may come without TLS. AWS refuses them.",
      values: { true: true, false: false },
      default: true,
    },
  },
}
