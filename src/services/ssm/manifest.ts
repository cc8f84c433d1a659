import type { ServiceManifest } from '../../core/service-module.ts'

export interface SsmSettings {
  'ssm.throttle': boolean
}

export const ssmManifest: ServiceManifest<SsmSettings> = {
  settings: {
    'ssm.throttle': {
      description:
        "Whether Parameter Store throttles reads over AWS's default quotas: 40 a second, more with high throughput.",
      values: { true: true, false: false },
      default: false,
    },
  },
}
