import { randomUUID } from 'node:crypto'
import type { FunctionConfiguration, PublishVersionRequest } from '@aws-sdk/client-lambda'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { notSupportedYet } from '../domain/errors.ts'
import { type FunctionVersion, isSameVersion, type LambdaFunction } from '../domain/function.ts'
import { functionView } from '../domain/function-view.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { getFunctionIn, latestOnly } from '../storage/call-functions.ts'
import { versionId, versions } from '../storage/collections.ts'
import { holdCode, putFunction, putVersion, scopeOf } from '../storage/function-store.ts'
import { checkCodeDigest, checkRevision } from './code-upload.ts'
import { shownVariables } from './variables.ts'

/**
 * Makes a version of a function as it is now; the last one again when nothing has changed since.
 * @throws ServiceError ResourceNotFoundException, PreconditionFailedException, InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
 */
export async function publishVersion(
  lambda: LambdaContext,
  request: Validated<PublishVersionRequest>,
): Promise<FunctionConfiguration> {
  const { call, functions } = lambda
  const target = latestOnly(functions.target(request.FunctionName))
  if (request.PublishTo !== undefined) throw notSupportedYet('PublishTo')
  const environment = await shownVariables(lambda, (await functions.get(target)).latest)
  return call.transaction(async (tx) => {
    const found = await getFunctionIn(tx, target)
    checkRevision(request.RevisionId, found.latest.revisionId)
    checkCodeDigest(request.CodeSha256, found.latest.code)
    return functionView(await publish(tx, found, { description: request.Description }), environment)
  })
}

/** @returns the new version, or the last one when it is the same. */
export async function publish(
  tx: Transaction,
  found: LambdaFunction,
  { description }: { description?: string },
): Promise<FunctionVersion> {
  const { latest, lastPublished } = found
  const scope = scopeOf(latest)
  const last = await tx.in(versions).get(scope, versionId(latest.functionName, String(lastPublished)))
  if (last && isSameVersion(last, latest)) return last
  const number = String(lastPublished + 1)
  const version: FunctionVersion = {
    ...latest,
    version: number,
    arn: `${latest.arn}:${number}`,
    description: description ?? latest.description,
    revisionId: randomUUID(),
  }
  await holdCode(tx, version)
  await putVersion(tx, version)
  await putFunction(tx, { ...found, lastPublished: lastPublished + 1 })
  return version
}
