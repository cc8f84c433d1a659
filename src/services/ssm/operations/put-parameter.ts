import type { PutParameterRequest, PutParameterResult } from '@aws-sdk/client-ssm'
import type { Awaitable } from '../../../core/awaitable.ts'
import type { Permission, Validated } from '../../../core/operation.ts'
import { printedArn } from '../../../core/principal.ts'
import { tooManyUpdates } from '../domain/errors.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { draftParameter } from '../domain/parameter-draft.ts'
import { checkWrittenName, qualifiedName } from '../domain/parameter-name.ts'
import { imageDataType } from '../domain/value-rules.ts'
import type { SsmContext } from '../ssm-context.ts'
import type { Reader } from '../storage/collections.ts'
import { countParameters, findParameter } from '../storage/parameter-store.ts'
import { checkAllowedPattern } from './allowed-pattern.ts'
import { awaitImage, refuseWhileWaiting } from './image-work.ts'
import { arnIn, newParameterTagConditionKeys, parameterPermission } from './permissions.ts'
import { encryptValue } from './secure-values.ts'
import { defaultTier } from './service-settings.ts'
import { storeVersion } from './store-version.ts'

type Request = Validated<PutParameterRequest>

/** `ssm:PutParameter`; `ssm:AddTagsToResource` for tags; for the ID of an image, that the caller may look it up as well. */
export async function putParameterPermissions(context: SsmContext, request: Request): Promise<Permission[]> {
  const { call } = context
  const target = { accountId: call.accountId, qualified: qualifiedName(checkWrittenName(request.Name, call)) }
  const keys = {
    'ssm:Overwrite': String(request.Overwrite ?? false),
    'ssm:Policies': String(request.Policies !== undefined),
    ...newParameterTagConditionKeys(request.Tags),
  }
  const permissions = [await parameterPermission(context, target, { context: keys })]
  if (request.Tags?.length) {
    permissions.push(await parameterPermission(context, target, { action: 'ssm:AddTagsToResource', context: keys }))
  }
  if (request.DataType === imageDataType) {
    permissions.push(await parameterPermission(context, target, { action: 'ssm:GetParameters' }))
    permissions.push({ action: 'ec2:DescribeImages', resource: '*' })
  }
  return permissions
}

/**
 * Makes a parameter, or a new version of one.
 *
 * @param request - `Overwrite` must be true where the parameter exists; what else is left out then stays as it was.
 * @returns `Version`, and `Tier` as it was decided: never Intelligent-Tiering.
 * @throws ServiceError - see `draftParameter` for the checks; InvalidKeyId and AccessDeniedException of KMS;
 *   TooManyUpdates, when another request changed meanwhile what the encryption or the check of the pattern depends on.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
export async function putParameter({ call, parameters }: SsmContext, request: Request): Promise<PutParameterResult> {
  const { accountId, region } = call
  const name = checkWrittenName(request.Name, call)
  const qualified = qualifiedName(name)
  const nowMs = call.clock.nowMs()
  const modifiedBy = printedArn(call.caller.principal)
  const draftFrom = async (
    reader: Reader,
    before: StoredParameter | undefined,
    checkPattern: (pattern: string | undefined) => Awaitable<void>,
  ) => {
    const counts = await countParameters(reader, call)
    const context = { accountId, region, name, before, counts, nowMs, modifiedBy }
    return draftParameter(request, { ...context, defaultTier: await defaultTier(reader, call) }, checkPattern)
  }
  const draft = await draftFrom(call.store, await parameters.find({ accountId, qualified }), (pattern) =>
    checkAllowedPattern(accountId, pattern, request.Value),
  )
  const arn = arnIn(call, draft)
  const value = draft.type === 'SecureString' ? await encryptValue(call, draft, arn, request.Value) : request.Value
  return call.transaction(async (tx) => {
    const before = await findParameter(tx, call, qualified)
    const parameter = await draftFrom(tx, before, (pattern) => {
      if (pattern !== draft.allowedPattern) throw tooManyUpdates()
    })
    if (!isEncryptedAlike(draft, parameter)) throw tooManyUpdates()
    await refuseWhileWaiting(tx, parameter)
    const keep = parameter.dataType === imageDataType ? awaitImage : storeVersion
    await keep(tx, { arn, parameter, value, before })
    return { Version: parameter.version, Tier: parameter.tier }
  })
}

/** What the ciphertext was made for. */
const isEncryptedAlike = (a: StoredParameter, b: StoredParameter) =>
  a.type === b.type && a.tier === b.tier && a.keyId === b.keyId
