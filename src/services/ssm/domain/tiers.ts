import type { ParameterTier } from '@aws-sdk/client-ssm'
import {
  advancedValueTooLarge,
  downgradeRefused,
  policiesOnStandard,
  standardValueTooLarge,
  tooManyAdvanced,
  tooManyStandard,
} from './errors.ts'
import type { StoredTier } from './parameter.ts'
import { quotas } from './quotas.ts'

/** How many parameters of each tier an account has in a region. */
export type ParameterCounts = Readonly<Record<StoredTier, number>>

export interface TierChoice {
  /** What the request asks for. */
  requested?: ParameterTier
  /** The account's setting, for requests that ask for none. */
  accountDefault: ParameterTier
  /** What the parameter has; absent for a new one. */
  existing?: StoredTier
  valueBytes: number
  hasPolicies: boolean
  counts: ParameterCounts
}

/**
 * The tier in which a value is stored.
 * @throws ServiceError ValidationException (a downgrade, policies or a value that the tier does not take),
 *   ParameterLimitExceeded.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
 */
export function chooseTier(choice: TierChoice): StoredTier {
  const { requested, existing, valueBytes, hasPolicies, counts } = choice
  if (requested === 'Standard' && existing === 'Advanced') throw downgradeRefused()
  const tier = decide(choice)
  if (tier === 'Standard' && hasPolicies) throw policiesOnStandard()
  if (tier === 'Standard' && valueBytes > quotas.standardValueBytes) throw standardValueTooLarge()
  if (valueBytes > quotas.advancedValueBytes) throw advancedValueTooLarge()
  if (tier !== existing && tier === 'Standard' && counts.Standard >= quotas.standardParameters) throw tooManyStandard()
  if (tier !== existing && tier === 'Advanced' && counts.Advanced >= quotas.advancedParameters) throw tooManyAdvanced()
  return tier
}

function decide(choice: TierChoice): StoredTier {
  const { requested, accountDefault, existing, valueBytes, hasPolicies, counts } = choice
  if (existing === 'Advanced') return 'Advanced'
  const asked = requested ?? accountDefault
  if (asked !== 'Intelligent-Tiering') return asked
  const isFull = existing === undefined && counts.Standard >= quotas.standardParameters
  return valueBytes > quotas.standardValueBytes || hasPolicies || isFull ? 'Advanced' : 'Standard'
}
