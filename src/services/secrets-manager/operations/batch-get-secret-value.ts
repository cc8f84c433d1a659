import type {
  APIErrorType,
  BatchGetSecretValueRequest,
  BatchGetSecretValueResponse,
  SecretValueEntry,
} from '@aws-sdk/client-secrets-manager'
import type { Permission, Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { idsOrFilters, pagesNeedFilters } from '../domain/errors.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { findSecrets } from './list-secrets.ts'
import { onAccount } from './permissions.ts'

type Request = Validated<BatchGetSecretValueRequest>

const defaultPageSize = 20

/** The batch itself, and the list when secrets are looked for; each secret is authorised when it is read. */
export const batchGetSecretValuePermissions = (context: SecretsManagerContext, { Filters }: Request): Permission[] => [
  ...onAccount(context),
  ...(Filters ? [{ action: 'secretsmanager:ListSecrets', resource: '*', printedResource: '*' }] : []),
]

/**
 * Reads the current values of up to 20 secrets; errors for what cannot be read are returned beside them.
 * @throws ServiceError InvalidParameterException (ids and filters, or neither), InvalidNextTokenException.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
 */
export async function batchGetSecretValue(
  context: SecretsManagerContext,
  request: Request,
): Promise<BatchGetSecretValueResponse> {
  const { SecretIdList, Filters, MaxResults, NextToken } = request
  if (!Filters && MaxResults !== undefined) throw pagesNeedFilters('MaxResults')
  if (!Filters && NextToken !== undefined) throw pagesNeedFilters('NextToken')
  if ((SecretIdList === undefined) === (Filters === undefined)) throw idsOrFilters()
  const { ids, next } = SecretIdList ? { ids: SecretIdList, next: undefined } : await idsFound(context, request)
  const read = await Promise.all(ids.map((id) => readOne(context, id)))
  return {
    SecretValues: read.flatMap(({ value }) => value ?? []),
    Errors: read.flatMap(({ error }) => error ?? []),
    ...(next && { NextToken: next }),
  }
}

async function idsFound(
  context: SecretsManagerContext,
  { Filters = [], MaxResults = defaultPageSize, NextToken }: Request,
): Promise<{ ids: string[]; next: string | undefined }> {
  const { found, next } = await findSecrets(context, {
    order: { by: 'created', descending: false },
    filters: Filters,
    list: [Filters],
    withDeleted: false,
    limit: MaxResults,
    token: NextToken,
  })
  return { ids: found.map(({ arn }) => arn), next }
}

/** As the caller's own GetSecretValue: authorised for the secret and recorded in its own right. */
async function readOne(
  { call }: SecretsManagerContext,
  SecretId: string,
): Promise<{ value?: SecretValueEntry; error?: APIErrorType }> {
  try {
    return { value: await call.invoke('secretsmanager', 'GetSecretValue', { SecretId }) }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { error: { SecretId, ErrorCode: error.code, Message: error.message } }
  }
}
