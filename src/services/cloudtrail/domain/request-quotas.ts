import type { RequestQuotas } from '../../../core/services/request-quotas.ts'
import { rateExceeded } from './errors.ts'

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
export const requestQuotas: RequestQuotas = {
  exceeded: rateExceeded,
  operations: { LookupEvents: { quotas: [{ name: 'LookupEvents', perSecond: 2 }] } },
}
