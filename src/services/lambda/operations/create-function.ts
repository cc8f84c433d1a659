import { randomUUID } from 'node:crypto'
import type { CreateFunctionRequest, FunctionConfiguration } from '@aws-sdk/client-lambda'
import type { Permission, Validated } from '../../../core/operation.ts'
import { createdTagKeys } from '../../../kit/tag-keys.ts'
import { tagsOfRecord } from '../../../kit/tags.ts'
import { newConfiguration } from '../domain/configuration.ts'
import { functionExists, functionsRefused, roleNotAssumable } from '../domain/errors.ts'
import { type FunctionVersion, type LambdaFunction, latest, withGrant } from '../domain/function.ts'
import { functionView } from '../domain/function-view.ts'
import { runtimeFamily } from '../domain/runtimes.ts'
import { mergeTags } from '../domain/tags.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { functions as functionCollection } from '../storage/collections.ts'
import { countFunction, holdCode, putFunction, putVersion } from '../storage/function-store.ts'
import { archiveOf } from './code-upload.ts'
import { functionPermission, passRole } from './permissions.ts'
import { encryptVariables, grantDecryption } from './variables.ts'

type Request = Validated<CreateFunctionRequest>

/** Returns the permissions to create, to hand the role to Lambda, and to tag when there are tags. */
export async function createFunctionPermissions(lambda: LambdaContext, request: Request): Promise<Permission[]> {
  const target = lambda.functions.target(request.FunctionName)
  const context = createdTagKeys(tagsOfRecord(request.Tags ?? {}))
  const tagging = Object.keys(request.Tags ?? {}).length > 0
  return [
    await functionPermission(lambda, target, 'lambda:CreateFunction', context),
    passRole(lambda, request.Role, target.functionArn),
    ...(tagging ? [await functionPermission(lambda, target, 'lambda:TagResource', context)] : []),
  ]
}

/**
 * Makes a function of a zip archive. It can be invoked as soon as this has answered.
 * @throws ServiceError ResourceConflictException, InvalidParameterValueException (runtime, role, code, variables, what is not
 *   supported), RequestEntityTooLargeException, CodeStorageExceededException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
 */
export async function createFunction(lambda: LambdaContext, request: Request): Promise<FunctionConfiguration> {
  const { call, functions } = lambda
  const target = functions.target(request.FunctionName)
  const { scope, functionName, functionArn } = target
  const configuration = newConfiguration(request)
  const tags = mergeTags({}, request.Tags)
  await checkRunner(lambda, configuration.runtime)
  if (await functions.find(target)) throw functionExists(functionName)
  const { archive, sha256 } = await archiveOf(request.Code)
  const draft = { ...scope, functionName, version: latest, arn: functionArn, ...configuration }
  if (!(await lambda.sessions.tryAssume(draft))) throw roleNotAssumable()
  const given = request.Environment?.Variables
  const variables = await encryptVariables(lambda, functionArn, given, configuration.kmsKeyArn)
  const grant = await grantDecryption(lambda, functionArn, configuration.roleArn, variables)
  const code = { codeId: await lambda.codes.add(scope, archive), sha256, bytes: archive.length }
  const version: FunctionVersion = {
    ...draft,
    variables,
    code,
    lastModifiedMs: call.clock.nowMs(),
    revisionId: randomUUID(),
  }
  const published = request.Publish ? { ...version, version: '1', arn: `${functionArn}:1` } : undefined
  const made: LambdaFunction = {
    latest: version,
    lastPublished: published ? 1 : 0,
    tags,
    grants: withGrant([], grant),
  }
  return call.transaction(async (tx) => {
    if (await tx.in(functionCollection).get(scope, functionName)) throw functionExists(functionName)
    await countFunction(tx, scope, 1)
    await holdCode(tx, version)
    await putFunction(tx, made)
    if (published) {
      await holdCode(tx, published)
      await putVersion(tx, published)
    }
    return functionView(published ?? version, given && variables && { Variables: given }, 'created')
  })
}

/** @throws ServiceError InvalidParameterValueException - nothing on this machine may run the code. */
export async function checkRunner({ runners }: LambdaContext, runtime: string): Promise<void> {
  const runner = await runners.find(runtimeFamily(runtime))
  if ('refusal' in runner) throw functionsRefused(runtime, runner.refusal)
}
