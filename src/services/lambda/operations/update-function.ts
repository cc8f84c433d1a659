import { randomUUID } from 'node:crypto'
import type {
  FunctionConfiguration,
  UpdateFunctionCodeRequest,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda'
import type { Permission, Validated } from '../../../core/operation.ts'
import { changedConfiguration } from '../domain/configuration.ts'
import { notSupportedYet, roleNotAssumable, updateInProgress } from '../domain/errors.ts'
import { type FunctionVersion, withGrant } from '../domain/function.ts'
import { functionView } from '../domain/function-view.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { getFunctionIn, latestOnly } from '../storage/call-functions.ts'
import { dropCode, holdCode, putFunction } from '../storage/function-store.ts'
import { archiveOf, checkRevision } from './code-upload.ts'
import { checkRunner } from './create-function.ts'
import { functionPermission, passRole } from './permissions.ts'
import { publish } from './publish-version.ts'
import { decryptVariables, encryptVariables, grantDecryption, shownVariables } from './variables.ts'

/**
 * Gives a function other code, which invocations from now on run.
 * @throws ServiceError ResourceNotFoundException, PreconditionFailedException, InvalidParameterValueException,
 *   RequestEntityTooLargeException, CodeStorageExceededException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
 */
export async function updateFunctionCode(
  lambda: LambdaContext,
  request: Validated<UpdateFunctionCodeRequest>,
): Promise<FunctionConfiguration> {
  const { call, functions } = lambda
  const target = latestOnly(functions.target(request.FunctionName))
  const before = (await functions.get(target)).latest
  checkRevision(request.RevisionId, before.revisionId)
  if (request.PublishTo !== undefined) throw notSupportedYet('PublishTo')
  const { archive, sha256 } = await archiveOf(request)
  const architecture = request.Architectures?.[0] ?? before.architecture
  const changed = (current: FunctionVersion, code: FunctionVersion['code']): FunctionVersion => ({
    ...current,
    code,
    architecture,
    lastModifiedMs: call.clock.nowMs(),
    revisionId: randomUUID(),
  })
  const environment = await shownVariables(lambda, before)
  if (request.DryRun) {
    return functionView(changed(before, { codeId: '', sha256, bytes: archive.length }), environment, 'updated')
  }
  const code = { codeId: await lambda.codes.add(target.scope, archive), sha256, bytes: archive.length }
  return call.transaction(async (tx) => {
    const found = await getFunctionIn(tx, target)
    checkRevision(request.RevisionId, found.latest.revisionId)
    const after = changed(found.latest, code)
    await holdCode(tx, after)
    await dropCode(tx, lambda.codes, found.latest)
    const updated = { ...found, latest: after }
    await putFunction(tx, updated)
    const shown = request.Publish ? await publish(tx, updated, {}) : after
    return functionView(shown, environment, 'updated')
  })
}

/** Returns the permissions to change the function, and to hand the role to Lambda when there is another. */
export async function updateConfigurationPermissions(
  lambda: LambdaContext,
  { FunctionName, Role }: Validated<UpdateFunctionConfigurationRequest>,
): Promise<Permission[]> {
  const target = lambda.functions.target(FunctionName)
  const update = await functionPermission(lambda, target)
  return Role === undefined ? [update] : [update, passRole(lambda, Role, target.functionArn)]
}

/**
 * Changes what the request names of a function's configuration. Variables are replaced as a whole.
 * @throws ServiceError ResourceNotFoundException, PreconditionFailedException, InvalidParameterValueException,
 *   ResourceConflictException when another update came in between.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
 */
export async function updateFunctionConfiguration(
  lambda: LambdaContext,
  request: Validated<UpdateFunctionConfigurationRequest>,
): Promise<FunctionConfiguration> {
  const { call, functions, sessions } = lambda
  const target = latestOnly(functions.target(request.FunctionName))
  const before = (await functions.get(target)).latest
  checkRevision(request.RevisionId, before.revisionId)
  const configuration = changedConfiguration(before, request)
  await checkRunner(lambda, configuration.runtime)
  const otherRole = configuration.roleArn !== before.roleArn
  if (otherRole && !(await sessions.tryAssume(configuration))) throw roleNotAssumable()
  const { kmsKeyArn } = configuration
  const otherKey = kmsKeyArn !== before.kmsKeyArn
  const given = request.Environment && (request.Environment.Variables ?? {})
  const plain = given ?? (otherKey ? await decryptVariables(lambda, before) : undefined)
  const kept = given === undefined && !otherKey
  const variables = kept ? before.variables : await encryptVariables(lambda, target.functionArn, plain, kmsKeyArn)
  const grant =
    kept && !otherRole ? undefined : await grantDecryption(lambda, target.functionArn, configuration.roleArn, variables)
  const environment = kept ? await shownVariables(lambda, before) : variables && { Variables: { ...plain } }
  return call.transaction(async (tx) => {
    const found = await getFunctionIn(tx, target)
    checkRevision(request.RevisionId, found.latest.revisionId)
    // What was decided on must still be so: another call may have changed the function meanwhile.
    if (found.latest.revisionId !== before.revisionId) throw updateInProgress(target.functionArn)
    const after = { ...configuration, variables, lastModifiedMs: call.clock.nowMs(), revisionId: randomUUID() }
    await putFunction(tx, { ...found, latest: after, grants: withGrant(found.grants, grant) })
    return functionView(after, environment, 'updated')
  })
}
