import type { Permission, RequestContext } from '../../../core/operation.ts'
import { currentPolicy } from '../../../policy/bound-principals.ts'
import { invalidGrantToken } from '../domain/errors.ts'
import type { KmsContext } from '../kms-context.ts'
import type { KeyTarget } from '../storage/call-keys.ts'
import { callerKeys, keyKeys } from './condition-keys.ts'

// What each operation asks for, as the AWS KMS Developer Guide, "AWS KMS permissions", lists it.

/** For operations that no key policy speaks about: the identity policies of the caller's account decide. */
export const onAccount = ({ call }: KmsContext): Permission[] => [
  { action: `kms:${call.operation}`, resource: '*', printedResource: '*', context: callerKeys(call) },
]

export interface KeyRule<I> {
  /** The identifier may be an alias; else a key id or key ARN. */
  acceptsAliases?: boolean
  /** Keys of other accounts may be used, where their policies say so. */
  crossAccount?: boolean
  context?(input: I): RequestContext
}

interface KeyInput {
  KeyId: string
  GrantTokens?: readonly string[]
}

/** For operations on one key, whose policy decides. */
export const onKey =
  <I extends KeyInput>(rule: KeyRule<I> = {}) =>
  async (context: KmsContext, input: I): Promise<Permission[]> => {
    const target = await context.keys.find(input.KeyId, rule.acceptsAliases ?? false)
    checkGrantTokens(input.GrantTokens)
    return [await keyPermission(context, target, { ...rule, context: rule.context?.(input) })]
  }

export interface KeyPermissionOptions {
  /** Default: that of the call's operation. */
  action?: string
  crossAccount?: boolean
  context?: RequestContext
  /** The request names the key by a ciphertext: the denial does not tell which it is. */
  byCiphertext?: boolean
}

export async function keyPermission(
  context: KmsContext,
  target: KeyTarget,
  { action = `kms:${context.call.operation}`, crossAccount, context: more, byCiphertext }: KeyPermissionOptions = {},
): Promise<Permission> {
  const { call, identity } = context
  const isForeign = target.accountId !== call.accountId
  const key = isForeign && !crossAccount ? undefined : target.key
  return {
    action,
    resource: target.arn,
    resourceAccountId: target.accountId,
    policy: { kind: 'key-policy', document: key ? await currentPolicy(identity, key.policy) : forNobody },
    context: { ...callerKeys(call), ...(key && keyKeys(key, target.aliasName)), ...more },
    ...(byCiphertext && { printedResource: ofCiphertext }),
    ...((isForeign || !key) && { denial: `on ${byCiphertext ? ofCiphertext : 'this resource'} ${unknownOrForeign}` }),
  }
}

/** Stands for the policy of a key that is not there, or not for other accounts: it allows nothing. */
const forNobody =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","NotResource":"*"}]}'

const ofCiphertext = 'the resource associated with this ciphertext'

// One answer for keys that are not there and for keys of other accounts, so that nobody learns which exist.
const unknownOrForeign =
  'because the resource does not exist in this Region, no resource-based policies allow access, ' +
  'or a resource-based policy explicitly denies access'

/** Grants cannot be made yet, so that no token is one of ours. @throws ServiceError InvalidGrantTokenException. */
export function checkGrantTokens(tokens: readonly string[] = []): void {
  if (tokens.length > 0) throw invalidGrantToken()
}
