import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

const principalOption = {
  form: '--principal <arn>',
  description: 'a user, a role (all its sessions), one session, or a root user',
}
const daysOption = { form: '--days <number>', description: 'how far back to look (default: 90)' }

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
    {
      name: 'policy',
      description: 'make policies from the recorded calls of a principal, and try them on these calls',
      commands: [
        {
          name: 'generate',
          description: 'print the least IAM policy that the recorded calls of a principal needed',
          options: [
            principalOption,
            daysOption,
            {
              form: '--format <form>',
              description: 'json, or text: with a comment over each statement (default: json)',
            },
          ],
          details: `Calls that were denied are left out and listed on stderr, with what the policy rests on. Where one policy would be too
large for IAM, several are printed. Needs strongroom:GeneratePolicy.`,
          examples: [
            'strongroom policy generate --principal arn:aws:iam::111122223333:user/ada > policy.json',
            'strongroom policy generate --principal arn:aws:iam::111122223333:role/app --days 7 --format text',
          ],
          load: async () => (await import('./commands/generate-policy.ts')).generatePolicy,
        },
        {
          name: 'replay',
          description: 'say which recorded calls a proposed policy would deny or newly allow',
          options: [
            principalOption,
            {
              form: '--policy <file>',
              description: "the proposed policy, in place of all the principal's of its type",
            },
            { form: '--type <type>', description: 'identity, boundary or scp (default: identity)' },
            daysOption,
          ],
          details: `Exit code 0: every recorded call that was allowed would be; 1: the calls that would be denied are named, or it could not
be found out. Needs strongroom:ReplayPolicy.`,
          examples: [
            'strongroom policy replay --principal arn:aws:iam::111122223333:user/ada --policy policy.json',
            'strongroom policy replay --principal arn:aws:iam::111122223333:role/app --policy limit.json --type boundary',
          ],
          load: async () => (await import('./commands/replay-policy.ts')).replayPolicy,
        },
      ],
    },
  ],
}
