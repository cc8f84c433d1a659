import type { ServiceCommand } from '../../core/services/service-command.ts'
import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export interface LambdaSettings {
  'lambda.concurrency': 1000 | 10
}

const logs: ServiceCommand = {
  name: 'logs',
  description: 'print what the last invocations of a Lambda function wrote',
  arguments: [{ form: '<function>', description: "the name of a function of the server's own account" }],
  options: [
    { form: '--region <region>', description: "where the function is; default: the server's region" },
    { form: '--json', description: 'print times, request ids and versions beside the text' },
  ],
  examples: ['strongroom logs rotate-password --region eu-west-1'],
  load: async () => (await import('./commands/logs.ts')).logs,
}

export const lambdaManifest: ServiceManifest<LambdaSettings> = {
  outline,
  settings: {
    'lambda.concurrency': {
      description: 'How many functions run at a time in an account and Region: 1000, or 10 as in a new account.',
      values: { '1000': 1000, '10': 10 },
      default: 1000,
    },
  },
  commands: [logs],
  checks: async (machine) => (await import('./execution/check-functions.ts')).checkFunctions(machine),
}
