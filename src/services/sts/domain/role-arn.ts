import { parseArn } from '../../../core/arn.ts'
import { invalidArn } from './errors.ts'

/** The account of a role ARN. @throws ServiceError ValidationError for the ARN of anything else. */
export function roleAccountOf(roleArn: string): string {
  const arn = parseArn(roleArn)
  const isRole =
    arn?.service === 'iam' && arn.region === '' && /^role\/(?:[\x21-\x7e]*\/)?[\w+=,.@-]+$/.test(arn.resource)
  if (!isRole || !/^\d{12}$/.test(arn.accountId)) throw invalidArn(roleArn)
  return arn.accountId
}
