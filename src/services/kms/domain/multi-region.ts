import { formatArn, parseArn } from '../../../core/arn.ts'
import type { KmsKey } from './key.ts'

/** Whether a key is a multi-Region primary key. */
export const isPrimary = ({ region, regions }: Pick<KmsKey, 'region' | 'regions'>): boolean =>
  regions?.primary === region

/** Whether a key is a multi-Region replica key. */
export const isReplica = (key: Pick<KmsKey, 'region' | 'regions'>): boolean =>
  key.regions !== undefined && !isPrimary(key)

/** The ARN that a multi-Region key has in a Region: related keys share the rest of it. */
export function relatedArn({ arn }: Pick<KmsKey, 'arn'>, region: string): string {
  const parts = parseArn(arn)
  if (!parts) throw new Error(`${arn} is no ARN`)
  return formatArn({ ...parts, region })
}
