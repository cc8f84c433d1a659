import { type Awaitable, andThen } from '../../../../core/awaitable.ts'
import {
  type ContextSource,
  conditionKeysOf,
  type GrantClass,
  type Permission,
  type RequestContext,
  type ResourcePolicy,
} from '../../../../core/operation.ts'
import { type Grant, identitiesOf } from '../../domain/grants/grant.ts'
import type { KmsKey } from '../../domain/key.ts'
import { keyPolicies, policyThatAllowsNothing } from '../../domain/key-policy.ts'
import type { KmsContext } from '../../kms-context.ts'
import type { KeyTarget } from '../../storage/call-keys.ts'
import { findAllowingGrant } from '../../storage/grant-store.ts'
import { checkGrantTokens } from '../grants/grant-tokens.ts'
import { callerConditionKeys, encryptionContextIn, keyConditionKeys } from './condition-keys.ts'

// What each operation asks for, as the AWS KMS Developer Guide, "AWS KMS permissions", lists it.

/** Returns the permissions for operations that no key policy speaks about: the identity policies of the caller's account decide. */
export const onAccount = ({ call }: KmsContext): Permission[] => [
  { action: `kms:${call.operation}`, resource: '*', printedResource: '*', context: callerConditionKeys(call) },
]

export interface KeyRule<I> {
  /** The identifier may be an alias; else a key id or key ARN. */
  acceptsAliases?: boolean
  /** Keys of other accounts may be used, where their policies say so. */
  crossAccount?: boolean
  /** Condition keys of the operation, beside those of the caller and the key. */
  context?(input: I, kms: KmsContext): Awaitable<ContextSource>
}

interface KeyInput {
  KeyId: string
  GrantTokens?: readonly string[]
}

/** Returns the permissions for operations on one key, whose policy and grants decide. */
export const onKey =
  <I extends KeyInput>(rule: KeyRule<I> = {}) =>
  (context: KmsContext, input: I): Awaitable<Permission[]> =>
    andThen(context.keys.find(input.KeyId, rule.acceptsAliases ?? false), (target) =>
      andThen(checkGrantTokens(context, input.GrantTokens), () =>
        andThen(rule.context?.(input, context), (keys) =>
          andThen(keyPermission(context, target, { crossAccount: rule.crossAccount, context: keys }), alone),
        ),
      ),
    )

export const alone = (permission: Permission) => [permission]

export interface KeyPermissionOptions {
  /** Default: that of the call's operation. */
  action?: string
  crossAccount?: boolean
  context?: ContextSource
  /** The request names the key by a ciphertext: the denial does not tell which it is. */
  byCiphertext?: boolean
  /** A further demand on a grant that is to allow this. */
  suffices?(grant: Grant): boolean
}

export function keyPermission(
  context: KmsContext,
  target: KeyTarget,
  options: KeyPermissionOptions = {},
): Awaitable<Permission> {
  const { call, identity } = context
  const { action = `kms:${call.operation}`, crossAccount, byCiphertext } = options
  const isForeign = target.accountId !== call.accountId
  const key = isForeign && !crossAccount ? undefined : target.key
  const policy = key ? keyPolicies.inForce(identity, key.policy) : closed
  const conditions = () => ({
    ...callerConditionKeys(call),
    ...(key && keyConditionKeys(key, target.aliasName)),
    ...conditionKeysOf(options),
  })
  return andThen(policy, (policy) => ({
    action,
    resource: target.arn,
    resourceAccountId: target.accountId,
    policy,
    findGrant: key?.grantCount ? () => grantedAs(context, key, action, conditions(), options.suffices) : undefined,
    outsideResourceControl: key?.keyManager === 'AWS',
    context: conditions,
    printedResource: byCiphertext ? ofCiphertext : undefined,
    denial: isForeign || !key ? `on ${byCiphertext ? ofCiphertext : 'this resource'} ${unknownOrForeign}` : undefined,
  }))
}

/** How a grant of the key allows the caller an action; undefined when none does. */
async function grantedAs(
  { call }: KmsContext,
  key: KmsKey,
  action: string,
  conditions: RequestContext,
  suffices?: (grant: Grant) => boolean,
): Promise<GrantClass | undefined> {
  const { principal } = call.caller
  const use = {
    operation: action.slice('kms:'.length),
    encryptionContext: encryptionContextIn(conditions),
    sourceArn: principal.kind === 'service' ? principal.sourceArn : undefined,
  }
  for (const [identity, as] of identitiesOf(principal)) {
    if (await findAllowingGrant(call.store, key, identity, use, suffices)) return as
  }
  return undefined
}

const closed: ResourcePolicy = { kind: 'key-policy', document: policyThatAllowsNothing }

const ofCiphertext = 'the resource associated with this ciphertext'

// One answer for keys that are not there and for keys of other accounts, so that callers cannot learn which exist.
const unknownOrForeign =
  'because the resource does not exist in this Region, no resource-based policies allow access, ' +
  'or a resource-based policy explicitly denies access'
