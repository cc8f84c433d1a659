import { formatArn, parseArn } from '../../../core/arn.ts'
import { aliasesNotSupported, arnOfOtherRegion, invalidKeyId, malformedArn } from './errors.ts'

/** Where a call is: what identifiers without an account or a region mean. */
export interface Place {
  partition: string
  region: string
  accountId: string
}

/** What a key identifier refers to, in the region of the call. */
export type KeyReference = { accountId: string; keyId: string } | { accountId: string; aliasName: string }

/** `1234abcd-12ab-34cd-56ef-1234567890ab`, or `mrk-` and 32 hexadecimal digits. */
const keyIdForm = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/

export const aliasPrefix = 'alias/'

export const isAliasName = (text: string): boolean => text.startsWith(aliasPrefix)

/**
 * Reads the four forms of an identifier: key id, key ARN, alias name, alias ARN.
 * @throws ServiceError NotFoundException (malformed id, ARN of another region), InvalidArnException (no ARN of KMS, or an
 *   alias where only keys are accepted).
 */
export function parseKeyIdentifier(text: string, place: Place, acceptsAliases: boolean): KeyReference {
  if (text.startsWith('arn:')) return parseKeyArn(text, place, acceptsAliases)
  return reference(text, place.accountId, acceptsAliases)
}

function parseKeyArn(text: string, place: Place, acceptsAliases: boolean): KeyReference {
  const arn = parseArn(text)
  if (arn?.partition !== place.partition || arn.service !== 'kms' || !/^\d{12}$/.test(arn.accountId)) {
    throw malformedArn(text)
  }
  if (arn.region !== place.region) throw arnOfOtherRegion(arn.region)
  if (isAliasName(arn.resource)) return reference(arn.resource, arn.accountId, acceptsAliases)
  if (!arn.resource.startsWith('key/')) throw malformedArn(text)
  return reference(arn.resource.slice('key/'.length), arn.accountId, false)
}

function reference(name: string, accountId: string, acceptsAliases: boolean): KeyReference {
  if (isAliasName(name)) {
    if (!acceptsAliases) throw aliasesNotSupported()
    return { accountId, aliasName: name }
  }
  if (!keyIdForm.test(name)) throw invalidKeyId(name)
  return { accountId, keyId: name }
}

/** @param resource - a key id with `key/` before it, or an alias name. */
const kmsArn = ({ partition, region }: Omit<Place, 'accountId'>, accountId: string, resource: string) =>
  formatArn({ partition, service: 'kms', region, accountId, resource })

export const keyArn = ({ accountId, ...place }: Place, keyId: string): string =>
  kmsArn(place, accountId, `key/${keyId}`)

export const aliasArn = ({ accountId, ...place }: Place, aliasName: string): string =>
  kmsArn(place, accountId, aliasName)
