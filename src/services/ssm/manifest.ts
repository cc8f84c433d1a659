import type { ServiceCommand } from '../../core/services/service-command.ts'
import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export interface SsmSettings {
  'ssm.throttle': boolean
}

const publicParameters: ServiceCommand = {
  name: 'public-parameters',
  description: 'the parameters under /aws/service that the server includes',
  commands: [
    {
      name: 'import',
      description: 'import public parameters from a JSON file, or from another AWS endpoint',
      arguments: [
        {
          form: '[file]',
          description: '{"parameters": [{"Name", "Value", "Region", "Version", "LastModifiedDate", "DataType"}]}',
        },
      ],
      options: [
        {
          form: '--from-endpoint <url>',
          description: 'read them from here, with the credentials of the environment',
        },
        {
          form: '--region <name...>',
          description: 'regions to read from there (default: the region of the environment)',
        },
        {
          form: '--path <path...>',
          description: 'paths to read from there (default: the images of Amazon Linux, Windows, ECS and EKS)',
        },
        { form: '--replace', description: 'in place of all that there is, instead of beside and over it' },
      ],
      details: 'An import takes effect as a whole, or not at all.',
      examples: [
        'strongroom public-parameters import parameters.json',
        'strongroom public-parameters import --from-endpoint https://ssm.eu-west-1.amazonaws.com --region eu-west-1',
      ],
      load: async () => (await import('./commands/public-parameters.ts')).importParameters,
    },
    {
      name: 'restore',
      description: 'use the parameters that the server includes again, and delete all imports',
      examples: ['strongroom public-parameters restore'],
      load: async () => (await import('./commands/public-parameters.ts')).restoreParameters,
    },
  ],
}

export const ssmManifest: ServiceManifest<SsmSettings> = {
  outline,
  settings: {
    'ssm.throttle': {
      description:
        "Whether Parameter Store throttles reads over AWS's default quotas: 40 a second, more with high throughput.",
      values: { true: true, false: false },
      default: false,
    },
  },
  commands: [publicParameters],
}
