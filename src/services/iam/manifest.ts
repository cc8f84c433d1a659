import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export const iamManifest: ServiceManifest = {
  outline,
  commands: [
    {
      name: 'import',
      description: 'import what AWS publishes and the server does not include',
      commands: [
        {
          name: 'managed-policies',
          description: "import AWS's managed policies from files that the AWS CLI printed",
          arguments: [{ form: '<path...>', description: 'files {"Policies": [...]}, and folders of such .json files' }],
          details: `Print them from an account of yours, with all that are attached there:
  aws iam get-account-authorization-details --filter AWSManagedPolicy > policies.json

Each policy is added, updated, unchanged, or refused with the reason: not a managed policy of AWS, or a version older
than the present one. Imported policies apply from the next request on. Exit code 1 when any was refused.`,
          load: async () => (await import('./commands/import-managed-policies.ts')).importManagedPolicies,
        },
      ],
    },
  ],
}
