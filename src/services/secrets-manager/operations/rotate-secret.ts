import type {
  CancelRotateSecretRequest,
  CancelRotateSecretResponse,
  RotateSecretRequest,
  RotateSecretResponse,
  RotationRulesType,
} from '@aws-sdk/client-secrets-manager'
import type { Permission, Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { servicePrincipal } from '../../../core/services/service-calls.ts'
import {
  externalSecretsNotSupported,
  functionNotInvocable,
  managedByService,
  noRotationFunction,
  previousRotationIncomplete,
  rotationNotConfigured,
  rotationTokenNeeded,
  tokenInUse,
} from '../domain/errors.ts'
import { checkRules } from '../domain/rotation-schedule.ts'
import type { EncryptedValue, RotationRules, RotationSettings, Secret } from '../domain/secret.ts'
import { checkChangeable, checkKeyServes, checkNotManaged } from '../domain/secret-state.ts'
import { current, pending } from '../domain/staging-labels.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import type { Reader } from '../storage/collections.ts'
import { getVersion, rereadSecret } from '../storage/secret-store.ts'
import { requestConditionKeys } from './condition-keys.ts'
import { secretPermission } from './permissions.ts'
import { dropRotation, rotationOf, withNextRotation } from './rotation-state.ts'
import { type RotationStart, startRotation } from './rotation-steps.ts'
import { saveSecret } from './save-secret.ts'
import { decryptVersion, encryptFor, kmsFor } from './value-keys.ts'

type Request = Validated<RotateSecretRequest>

export async function rotateSecretPermissions(context: SecretsManagerContext, request: Request): Promise<Permission[]> {
  const { SecretId, RotationLambdaARN, RotateImmediately = true, RotationRules } = request
  const { ExternalSecretRotationRoleArn } = request
  const ModifyRotationRules = RotationRules !== undefined
  const keys = { RotationLambdaARN, RotateImmediately, ModifyRotationRules, ExternalSecretRotationRoleArn }
  return [await secretPermission(context, SecretId, { context: requestConditionKeys(keys) })]
}

/**
 * Configures rotation and starts one, which goes on by itself; or, with RotateImmediately=false, tests the function.
 * The caller must be allowed to invoke the function, and the function must let Secrets Manager do so. Of a secret without a
 * value, the function makes the first.
 * @throws ServiceError InvalidParameterException (rules, no token, a replica), InvalidRequestException (no function, a
 *   rotation that is not complete, marked for deletion), AccessDeniedException (the function).
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 */
export async function rotateSecret(context: SecretsManagerContext, request: Request): Promise<RotateSecretResponse> {
  const { call, secrets } = context
  const { SecretId, ClientRequestToken: token, RotateImmediately = true, RotationLambdaARN, RotationRules } = request
  if (token === undefined) throw rotationTokenNeeded()
  const found = await secrets.get(SecretId)
  checkChangeable(found)
  refuseExternal(request)
  // Without a function, only the service that made a secret can change what it opens.
  if (found.owningService !== undefined) throw managedByService()
  const rules = RotationRules && rulesIn(RotationRules)
  const lambdaArn = RotationLambdaARN ?? found.rotation?.lambdaArn
  if (!lambdaArn) throw noRotationFunction()
  if (await isRepetition(call.store, found, token)) return answerOf(found, token)
  checkRotatable(found)
  await checkInvocable(context, found, lambdaArn)
  const start: RotationStart = RotateImmediately
    ? { kind: 'rotate', versionId: token }
    : { kind: 'test', versionId: token, copy: await copyOfCurrent(context, found, token) }
  return call.transaction(async (tx) => {
    const secret = await rereadSecret(tx, found)
    checkChangeable(secret)
    // The same request may have been here meanwhile.
    if (await isRepetition(tx, secret, token)) return answerOf(secret, token)
    checkRotatable(secret)
    const nowMs = call.clock.nowMs()
    const settings = settingsWith(secret.rotation, { lambdaArn, rules }, nowMs)
    const configured = await withNextRotation(tx, { ...secret, rotation: settings }, nowMs)
    const started = await startRotation(tx, configured, start, nowMs)
    return answerOf(await saveSecret(tx, secret, started, nowMs), token)
  })
}

/**
 * Switches rotation off, and stops one that is in progress where it is: its version stays as it is, AWSPENDING with it.
 * @throws ServiceError InvalidRequestException - never configured.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html
 */
export async function cancelRotateSecret(
  { call, secrets }: SecretsManagerContext,
  { SecretId }: Validated<CancelRotateSecretRequest>,
): Promise<CancelRotateSecretResponse> {
  const found = await secrets.get(SecretId)
  return call.transaction(async (tx) => {
    const secret = await rereadSecret(tx, found)
    checkChangeable(secret)
    checkNotManaged(secret)
    if (!secret.rotation) throw rotationNotConfigured()
    const nowMs = call.clock.nowMs()
    const stopped = await rotationOf(tx, secret)
    if (stopped) await dropRotation(tx, secret)
    const off = await withNextRotation(tx, { ...secret, rotation: { ...secret.rotation, enabled: false } }, nowMs)
    return answerOf(await saveSecret(tx, secret, off, nowMs), stopped?.versionId)
  })
}

function refuseExternal({ ExternalSecretRotationMetadata, ExternalSecretRotationRoleArn }: Request): void {
  if (ExternalSecretRotationMetadata) throw externalSecretsNotSupported('ExternalSecretRotationMetadata')
  if (ExternalSecretRotationRoleArn) throw externalSecretsNotSupported('ExternalSecretRotationRoleArn')
}

function rulesIn({ AutomaticallyAfterDays, Duration, ScheduleExpression }: RotationRulesType): RotationRules {
  const rules = {
    ...(AutomaticallyAfterDays !== undefined && { automaticallyAfterDays: AutomaticallyAfterDays }),
    ...(ScheduleExpression !== undefined && { scheduleExpression: ScheduleExpression }),
    ...(Duration !== undefined && { duration: Duration }),
  }
  checkRules(rules)
  return rules
}

function settingsWith(
  before: RotationSettings | undefined,
  { lambdaArn, rules }: { lambdaArn: string; rules: RotationRules | undefined },
  nowMs: number,
): RotationSettings {
  return {
    ...before,
    enabled: true,
    lambdaArn,
    ...(rules && { rules }),
    rulesSetAtMs: rules || !before ? nowMs : before.rulesSetAtMs,
    renewedAtMs: before?.renewedAtMs ?? nowMs,
  }
}

/** Returns whether this token has started the rotation that is in progress, or the one that made the current version. */
async function isRepetition(reader: Reader, secret: Secret, token: string): Promise<boolean> {
  const rotation = await rotationOf(reader, secret)
  if (rotation?.versionId === token || secret.stages[current] === token) return true
  if (await getVersion(reader, secret, token)) throw tokenInUse(token, secret.arn)
  return false
}

function checkRotatable({ stages }: Secret): void {
  if (stages[pending] !== undefined && stages[pending] !== stages[current]) throw previousRotationIncomplete()
}

/** The caller, and Secrets Manager for the secret, must both be let in. */
async function checkInvocable(
  { call, calls }: SecretsManagerContext,
  { arn, accountId }: Secret,
  lambdaArn: string,
): Promise<void> {
  const input = { FunctionName: lambdaArn, InvocationType: 'DryRun' } as const
  const caller = servicePrincipal('secretsmanager.amazonaws.com', { arn, accountId })
  try {
    await calls.invoke({ caller, region: call.region, service: 'lambda', operation: 'Invoke', input })
  } catch (error) {
    // A fault of Lambda passes through as it is.
    if (!(error instanceof ServiceError) || error.status >= 500) throw error
    throw functionNotInvocable()
  }
  await call.invoke('lambda', 'Invoke', input)
}

/** The current value once more, for the version that the function is tested with; undefined when there is none. */
async function copyOfCurrent(
  { call }: SecretsManagerContext,
  secret: Secret,
  token: string,
): Promise<EncryptedValue | undefined> {
  checkKeyServes(secret, call.accountId)
  const version = await getVersion(call.store, secret, secret.stages[current] ?? '')
  if (!version?.value) return undefined
  const kms = kmsFor(call)
  return encryptFor(kms, secret, token, await decryptVersion(kms, secret, version, version.value))
}

const answerOf = ({ arn, name }: Secret, versionId: string | undefined) => ({
  ARN: arn,
  Name: name,
  ...(versionId !== undefined && { VersionId: versionId }),
})
