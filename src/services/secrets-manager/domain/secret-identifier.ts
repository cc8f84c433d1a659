import { randomInt } from 'node:crypto'
import { parseArn } from '../../../core/arn.ts'
import type { Scope } from '../../../core/store.ts'
import { invalidName } from './errors.ts'

/** What a SecretId says. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html */
export type SecretReference =
  | { by: 'name'; name: string }
  /** `secret:<resource>` of an ARN: a name with its suffix, or a name alone. */
  | { by: 'arn'; accountId: string; region: string; resource: string }

const suffixLength = 6
const suffixLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** @throws ServiceError ValidationException - letters that names do not have. */
export function checkName(name: string): string {
  if (!/^[a-zA-Z0-9/_+=.@!-]+$/.test(name)) throw invalidName()
  return name
}

/** @throws ServiceError ValidationException. */
export function parseSecretId(secretId: string): SecretReference {
  const arn = parseArn(secretId)
  const resource = arn?.service === 'secretsmanager' && /^secret:(.+)$/s.exec(arn.resource)?.[1]
  if (!arn || !resource) return { by: 'name', name: checkName(secretId) }
  return { by: 'arn', accountId: arn.accountId, region: arn.region, resource: checkName(resource) }
}

/** The name in a resource that ends with a suffix; undefined when it does not. */
export const nameWithoutSuffix = (resource: string): string | undefined => /^(.+)-[a-zA-Z0-9]{6}$/s.exec(resource)?.[1]

export const secretArn = (place: Scope & { partition: string }, resource: string): string =>
  `arn:${place.partition}:secretsmanager:${place.region}:${place.accountId}:secret:${resource}`

/** A name with six letters of chance: those of a secret made anew under an old name are others. */
export const newResource = (name: string): string =>
  `${name}-${Array.from({ length: suffixLength }, () => suffixLetters.charAt(randomInt(suffixLetters.length))).join('')}`

/** The same secret's ARN in another region. */
export const arnInRegion = (arn: string, region: string): string => {
  const parts = arn.split(':')
  parts[3] = region
  return parts.join(':')
}
