import type {
  DeletePublicAccessBlockRequest,
  GetPublicAccessBlockOutput,
  GetPublicAccessBlockRequest,
  PutPublicAccessBlockRequest,
} from '@aws-sdk/client-s3-control'
import type { Call } from '../../../core/call.ts'
import type { Validated } from '../../../core/operation.ts'
import { noAccountPublicAccessBlock } from '../domain/configuration-errors.ts'
import { accessDenied } from '../domain/errors.ts'
import { accountAccess, accountAccessOf, accountScope, theBlock } from '../storage/account-access.ts'

/** @throws ServiceError AccessDenied - the account that the request names is another one. */
function checkAccount({ accountId }: Call, { AccountId }: { AccountId?: string | undefined }): void {
  if (AccountId !== accountId) throw accessDenied()
}

/**
 * Sets which public access no bucket of the account can give, whatever its own settings are.
 * @throws ServiceError AccessDenied.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
 */
export async function putAccountPublicAccessBlock(
  call: Call,
  input: Validated<PutPublicAccessBlockRequest>,
): Promise<undefined> {
  checkAccount(call, input)
  const {
    BlockPublicAcls = false,
    IgnorePublicAcls = false,
    BlockPublicPolicy = false,
    RestrictPublicBuckets = false,
  } = input.PublicAccessBlockConfiguration
  const block = { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets }
  return call.transaction(async (tx) => {
    await tx.in(accountAccess).put(accountScope(call.accountId), theBlock, block)
    return undefined
  })
}

/**
 * @throws ServiceError AccessDenied, NoSuchPublicAccessBlockConfiguration.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
 */
export async function getAccountPublicAccessBlock(
  call: Call,
  input: Validated<GetPublicAccessBlockRequest>,
): Promise<GetPublicAccessBlockOutput> {
  checkAccount(call, input)
  const PublicAccessBlockConfiguration = await accountAccessOf(call.store, call.accountId)
  if (!PublicAccessBlockConfiguration) throw noAccountPublicAccessBlock(call.accountId)
  return { PublicAccessBlockConfiguration }
}

/**
 * Succeeds where there is none.
 * @throws ServiceError AccessDenied.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeletePublicAccessBlock.html
 */
export async function deleteAccountPublicAccessBlock(
  call: Call,
  input: Validated<DeletePublicAccessBlockRequest>,
): Promise<undefined> {
  checkAccount(call, input)
  return call.transaction(async (tx) => {
    await tx.in(accountAccess).delete(accountScope(call.accountId), theBlock)
    return undefined
  })
}
