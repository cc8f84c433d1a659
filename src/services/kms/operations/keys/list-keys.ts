import type { ListKeysRequest, ListKeysResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { readPage } from '../../domain/pagination.ts'
import type { KmsContext } from '../../kms-context.ts'
import { keys } from '../../storage/collections.ts'

/** All keys of the account in the region, those pending deletion too. @throws ServiceError InvalidMarkerException. */
export async function listKeys(context: KmsContext, page: Validated<ListKeysRequest>): Promise<ListKeysResponse> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  const source = {
    list: [],
    defaultLimit: 100,
    idOf: ({ KeyId }: { KeyId: string; KeyArn: string }) => KeyId,
    read: async (afterId: string | undefined, limit: number) => {
      const found = await call.store.in(keys).list(scope, { afterId, limit })
      return found.map(({ document: { keyId, arn } }) => ({ KeyId: keyId, KeyArn: arn }))
    },
  }
  const { rows, rest } = await readPage(context, source, page)
  return { Keys: rows, ...rest }
}
