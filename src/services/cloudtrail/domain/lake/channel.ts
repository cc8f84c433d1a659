import type { BoundPolicy } from '../../../../kit/resource-policies/bound-principals.ts'

/** A way by which events of others come to event data stores. */
export interface Channel {
  /** UUID */
  id: string
  arn: string
  name: string
  accountId: string
  region: string
  source: string
  storeIds: readonly string[]
  /** ARNs, as they were given. */
  destinations: readonly string[]
  tags: readonly { Key: string; Value: string }[]
  policy?: BoundPolicy
  /** How the latest events came in. */
  ingestion?: { atMs: number; eventId: string; error?: string; successAtMs?: number; successEventId?: string }
}

/** The partners whose events AWS takes, by the names of their sources. */
const partners = new Set([
  ...[
    'CloudStorageSecurityConsole',
    'Clumio',
    'CrowdStrike',
    'CyberArk',
    'GitHub',
    'KongInc',
    'LaunchDarkly',
    'NordcloudMultiCloud',
  ],
  ...[
    'MontyCloud',
    'Netskope',
    'NetskopeCloudExchange',
    'OktaSystemLogEvents',
    'OneIdentity',
    'ShoreLineIo',
    'Snyk.io',
    'Wiz',
  ],
])

export const isSource = (source: string): boolean => source === 'Custom' || partners.has(source)
