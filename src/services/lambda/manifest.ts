import type { ServiceManifest } from '../../core/service-module.ts'

export interface LambdaSettings {
  'lambda.concurrency': 1000 | 10
}

export const lambdaManifest: ServiceManifest<LambdaSettings> = {
  settings: {
    'lambda.concurrency': {
      description: 'How many functions run at a time in an account and Region: 1000, or 10 as in a new account.',
      values: { '1000': 1000, '10': 10 },
      default: 1000,
    },
  },
}
