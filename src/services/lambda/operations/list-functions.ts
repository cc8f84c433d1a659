import type {
  FunctionConfiguration,
  ListFunctionsRequest,
  ListFunctionsResponse,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
} from '@aws-sdk/client-lambda'
import type { Validated } from '../../../core/operation.ts'
import type { Stored } from '../../../core/store.ts'
import { notSupportedYet } from '../domain/errors.ts'
import { type FunctionVersion, latest as unpublished } from '../domain/function.ts'
import { functionView } from '../domain/function-view.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { functions as functionCollection, listOf, versions } from '../storage/collections.ts'
import { readPage } from './pages.ts'
import { shownVariables } from './variables.ts'

/**
 * The functions of the account in the region, in order of name.
 * @throws ServiceError InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
 */
export async function listFunctions(
  lambda: LambdaContext,
  { FunctionVersion, MasterRegion, ...page }: Validated<ListFunctionsRequest>,
): Promise<ListFunctionsResponse> {
  if (FunctionVersion !== undefined) throw notSupportedYet('FunctionVersion in ListFunctions')
  const { accountId, region, store } = lambda.call
  // Functions are of one region; those that Lambda@Edge copies from another do not exist here.
  if (MasterRegion !== undefined && MasterRegion !== 'ALL' && MasterRegion !== region) return { Functions: [] }
  const scope = { accountId, region }
  const { rows, NextMarker } = await readPage(lambda, [MasterRegion], page, (afterId, limit) =>
    store.in(functionCollection).list(scope, { afterId, limit }),
  )
  return {
    Functions: await views(
      lambda,
      rows.map(({ latest }) => latest),
    ),
    NextMarker,
  }
}

/** `$LATEST` first, then the published versions in order. @throws ServiceError ResourceNotFoundException. */
export async function listVersionsByFunction(
  lambda: LambdaContext,
  { FunctionName, ...page }: Validated<ListVersionsByFunctionRequest>,
): Promise<ListVersionsByFunctionResponse> {
  const target = lambda.functions.target(FunctionName)
  const { latest } = await lambda.functions.get(target)
  const { scope, functionName } = target
  const first: Stored<FunctionVersion> = { id: `${functionName}/`, document: latest }
  const { rows, NextMarker } = await readPage(lambda, [functionName], page, async (afterId, limit) => {
    const published = await listOf(lambda.call.store.in(versions), scope, functionName, { afterId, limit })
    return afterId === undefined ? [first, ...published] : published
  })
  const Versions = await views(lambda, rows)
  // Among versions, the one that is not published is named as one.
  for (const view of Versions)
    if (view.Version === unpublished) view.FunctionArn = `${target.functionArn}:${unpublished}`
  return { Versions, NextMarker }
}

async function views(lambda: LambdaContext, rows: readonly FunctionVersion[]): Promise<FunctionConfiguration[]> {
  const shown: FunctionConfiguration[] = []
  for (const version of rows) shown.push(functionView(version, await shownVariables(lambda, version)))
  return shown
}
