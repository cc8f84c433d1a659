import type {
  GetDataCatalogEncryptionSettingsResponse,
  PutDataCatalogEncryptionSettingsRequest,
  PutDataCatalogEncryptionSettingsResponse,
} from '@aws-sdk/client-glue'
import type { Validated } from '../../../core/operation.ts'
import { notSupported } from '../domain/errors.ts'
import type { GlueContext } from '../glue-context.ts'

/** How the catalogue is encrypted: only the way in which the server seals all of its data. */
const settings = {
  EncryptionAtRest: { CatalogEncryptionMode: 'DISABLED' },
  ConnectionPasswordEncryption: { ReturnConnectionPasswordEncrypted: false },
} as const

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetDataCatalogEncryptionSettings.html */
export async function getDataCatalogEncryptionSettings(
  _context: GlueContext,
): Promise<GetDataCatalogEncryptionSettingsResponse> {
  return { DataCatalogEncryptionSettings: settings }
}

/**
 * Takes what is the case already, and refuses a KMS key: names and locations would have to be sealed under it.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_PutDataCatalogEncryptionSettings.html
 */
export async function putDataCatalogEncryptionSettings(
  { call }: GlueContext,
  { DataCatalogEncryptionSettings: given }: Validated<PutDataCatalogEncryptionSettingsRequest>,
): Promise<PutDataCatalogEncryptionSettingsResponse> {
  const { EncryptionAtRest: rest, ConnectionPasswordEncryption: password } = given
  if (rest && rest.CatalogEncryptionMode !== 'DISABLED')
    throw notSupported('Encryption of the catalogue with a KMS key')
  if (password?.ReturnConnectionPasswordEncrypted) throw notSupported('Encryption of the passwords of connections')
  return call.transaction(async () => ({}))
}
