import type { ServiceManifest } from '../../core/services/service-module.ts'
import { outline } from './outline.ts'

export interface OrganizationsSettings {
  'organizations.account-quota': number
  'organizations.wait-before-leaving': boolean
}

export const organizationsManifest: ServiceManifest<OrganizationsSettings> = {
  outline,
  settings: {
    'organizations.account-quota': {
      description: 'How many accounts an organization has at most: 10 in AWS, unless more are asked for.',
      values: { 10: 10, 100: 100, 1000: 1000, 10000: 10_000 },
      default: 10,
    },
    'organizations.wait-before-leaving': {
      description: 'Whether an account that was created can leave its organization after seven days only, as in AWS.',
      values: { true: true, false: false },
      default: true,
    },
  },
}
