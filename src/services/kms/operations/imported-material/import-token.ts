import type { Sealer } from '../../../../core/sealer.ts'
import { expiredImportToken, invalidImportToken } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'

/** The content of an import token. */
interface ImportTokenContent {
  importId: string
  /** Kept in the token itself: when it has expired, the key pair is gone. */
  expiresAtMs: number
}

// Bound to account, Region and key: the token of another key opens as little as one that was made up.
const purpose = ({ arn }: Pick<KmsKey, 'arn'>) => `kms.import-token/${arn}`

export const sealImportToken = (sealer: Sealer, key: KmsKey, content: ImportTokenContent): Buffer =>
  sealer.seal(Buffer.from(JSON.stringify(content)), purpose(key))

/** @returns the import id. @throws ServiceError InvalidImportTokenException, ExpiredImportTokenException. */
export function openImportToken(sealer: Sealer, key: KmsKey, token: Uint8Array, nowMs: number): string {
  const { importId, expiresAtMs } = contentOf(sealer, key, token)
  if (nowMs >= expiresAtMs) throw expiredImportToken()
  return importId
}

function contentOf(sealer: Sealer, key: KmsKey, token: Uint8Array): ImportTokenContent {
  let content: Buffer
  try {
    content = sealer.open(token, purpose(key))
  } catch {
    // The sealer says no more than that it did not seal this for that.
    throw invalidImportToken()
  }
  return JSON.parse(content.toString())
}
