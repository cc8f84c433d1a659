import type { Credentials } from '@aws-sdk/client-sts'
import type { TemporaryCredentials } from '../../../crypto/session-token.ts'

/** The longest token that AWS makes. */
export const maxSessionTokenCharacters = 4096

/** New credentials as answers show them. */
export function shownCredentials({ accessKeyId, secretAccessKey, sessionToken, expiration }: TemporaryCredentials) {
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiration,
    },
    SessionTokenSize: sessionToken.length,
    SessionTokenUtilization: Math.min(100, Math.ceil((100 * sessionToken.length) / maxSessionTokenCharacters)),
  }
}

/**
 * New credentials as records show them. CloudTrail keeps the session token beside the access key id; here no token enters
 * the ledger.
 */
export const recordedCredentials = ({ AccessKeyId, Expiration }: Credentials) => ({
  accessKeyId: AccessKeyId,
  expiration: Expiration && recordedTime(Expiration),
})

/** `Jul 18, 2023, 4:07:39 PM`. The formatter sets a narrow space before AM and PM, CloudTrail a plain one. */
const recordedTime = (date: Date) => timeFormat.format(date).replace('\u202f', ' ')

const timeFormat = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })
