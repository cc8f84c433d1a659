import { randomUUID } from 'node:crypto'
import type {
  AliasConfiguration,
  AliasRoutingConfiguration,
  CreateAliasRequest,
  DeleteAliasRequest,
  GetAliasRequest,
  ListAliasesRequest,
  ListAliasesResponse,
  UpdateAliasRequest,
} from '@aws-sdk/client-lambda'
import type { Permission, Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import {
  aliasExists,
  aliasNotFound,
  aliasToUpdateNotFound,
  functionNotFound,
  tooManyWeights,
  weightOfOwnVersion,
  weightsOfLatest,
} from '../domain/errors.ts'
import { type FunctionAlias, latest } from '../domain/function.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { type FunctionTarget, getFunctionIn } from '../storage/call-functions.ts'
import {
  aliases,
  aliasId,
  listOf,
  policies,
  policyId,
  type Reader,
  versionId,
  versions,
} from '../storage/collections.ts'
import { checkRevision } from './code-upload.ts'
import { readPage } from './pages.ts'
import { functionPermission } from './permissions.ts'

export interface OnAlias {
  FunctionName: string
  Name: string
}

/** Aliases have no ARN of their own in policies: the function's decides. */
export const onAlias = async (lambda: LambdaContext, { FunctionName }: OnAlias): Promise<Permission[]> => [
  await functionPermission(lambda, lambda.functions.target(FunctionName)),
]

/**
 * Names a version, or two of them with shares.
 * @throws ServiceError ResourceNotFoundException, ResourceConflictException, InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
 */
export async function createAlias(
  { call, functions }: LambdaContext,
  request: Validated<CreateAliasRequest>,
): Promise<AliasConfiguration> {
  const target = functions.target(request.FunctionName)
  const { scope, functionName, functionArn } = target
  return call.transaction(async (tx) => {
    // AWS names the version that the alias would have, also where the function itself is missing.
    await getFunctionIn(tx, { ...target, arn: `${functionArn}:${request.FunctionVersion}` })
    const arn = aliasArn(target, request.Name)
    const id = aliasId(functionName, request.Name)
    if (await tx.in(aliases).get(scope, id)) throw aliasExists(arn)
    const alias: FunctionAlias = {
      functionName,
      name: request.Name,
      arn,
      functionVersion: request.FunctionVersion,
      description: request.Description ?? '',
      weights: weightsOf(request.RoutingConfig),
      revisionId: randomUUID(),
    }
    await checkVersions(tx, target, alias)
    await tx.in(aliases).put(scope, id, alias)
    return aliasView(alias)
  })
}

/** @throws ServiceError ResourceNotFoundException, PreconditionFailedException, InvalidParameterValueException. */
export async function updateAlias(
  { call, functions }: LambdaContext,
  request: Validated<UpdateAliasRequest>,
): Promise<AliasConfiguration> {
  const target = functions.target(request.FunctionName)
  return call.transaction(async (tx) => {
    const before = await aliasIn(tx, target, request.Name, aliasToUpdateNotFound)
    checkRevision(request.RevisionId, before.revisionId)
    const alias: FunctionAlias = {
      ...before,
      functionVersion: request.FunctionVersion ?? before.functionVersion,
      description: request.Description ?? before.description,
      weights: request.RoutingConfig ? weightsOf(request.RoutingConfig) : before.weights,
      revisionId: randomUUID(),
    }
    await checkVersions(tx, target, alias)
    await tx.in(aliases).put(target.scope, aliasId(target.functionName, alias.name), alias)
    return aliasView(alias)
  })
}

/** One that is not there is as good as deleted. */
export async function deleteAlias(
  { call, functions }: LambdaContext,
  { FunctionName, Name }: Validated<DeleteAliasRequest>,
): Promise<undefined> {
  const target = functions.target(FunctionName)
  const { scope, functionName } = target
  return call.transaction(async (tx) => {
    await getFunctionIn(tx, target)
    await tx.in(aliases).delete(scope, aliasId(functionName, Name))
    await tx.in(policies).delete(scope, policyId(functionName, Name))
    return undefined
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function getAlias(
  { call, functions }: LambdaContext,
  { FunctionName, Name }: Validated<GetAliasRequest>,
): Promise<AliasConfiguration> {
  return aliasView(await aliasIn(call.store, functions.target(FunctionName), Name))
}

/** Lists aliases in order of name. @throws ServiceError ResourceNotFoundException, InvalidParameterValueException. */
export async function listAliases(
  lambda: LambdaContext,
  { FunctionName, FunctionVersion, ...page }: Validated<ListAliasesRequest>,
): Promise<ListAliasesResponse> {
  const target = lambda.functions.target(FunctionName)
  await lambda.functions.get(target)
  const { scope, functionName } = target
  const collection = lambda.call.store.in(aliases)
  const index =
    FunctionVersion === undefined ? undefined : { name: 'version', value: `${functionName}/${FunctionVersion}` }
  const { rows, NextMarker } = await readPage(lambda, [functionName, FunctionVersion], page, (afterId, limit) =>
    index
      ? collection.list(scope, { index, afterId, limit })
      : listOf(collection, scope, functionName, { afterId, limit }),
  )
  return { Aliases: rows.map(aliasView), NextMarker }
}

const aliasArn = ({ functionArn }: FunctionTarget, name: string) => `${functionArn}:${name}`

async function aliasIn(
  reader: Reader,
  target: FunctionTarget,
  name: string,
  missing = aliasNotFound,
): Promise<FunctionAlias> {
  const alias = await reader.in(aliases).get(target.scope, aliasId(target.functionName, name))
  if (!alias) throw missing(aliasArn(target, name))
  return alias
}

function weightsOf({ AdditionalVersionWeights = {} }: AliasRoutingConfiguration = {}): Record<string, number> {
  if (Object.keys(AdditionalVersionWeights).length > 1) throw tooManyWeights()
  return { ...AdditionalVersionWeights }
}

async function checkVersions(
  tx: Transaction,
  { scope, functionName, functionArn }: FunctionTarget,
  alias: FunctionAlias,
) {
  const { functionVersion, weights } = alias
  const further = Object.keys(weights)
  if (further.includes(functionVersion)) throw weightOfOwnVersion(functionVersion)
  if (further.length > 0 && functionVersion === latest) throw weightsOfLatest()
  for (const number of [functionVersion, ...further]) {
    if (number === latest) continue
    if (!(await tx.in(versions).get(scope, versionId(functionName, number)))) {
      throw functionNotFound(`${functionArn}:${number}`)
    }
  }
}

const aliasView = (alias: FunctionAlias): AliasConfiguration => ({
  AliasArn: alias.arn,
  Name: alias.name,
  FunctionVersion: alias.functionVersion,
  Description: alias.description,
  RoutingConfig: Object.keys(alias.weights).length > 0 ? { AdditionalVersionWeights: { ...alias.weights } } : undefined,
  RevisionId: alias.revisionId,
})
