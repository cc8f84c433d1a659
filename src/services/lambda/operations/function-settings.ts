import type {
  FunctionEventInvokeConfig,
  FunctionUrlConfig,
  GetFunctionEventInvokeConfigRequest,
  GetFunctionRecursionConfigRequest,
  GetFunctionRecursionConfigResponse,
  GetFunctionUrlConfigRequest,
  GetFunctionUrlConfigResponse,
  GetProvisionedConcurrencyConfigRequest,
  GetProvisionedConcurrencyConfigResponse,
  GetRuntimeManagementConfigRequest,
  GetRuntimeManagementConfigResponse,
  ListFunctionEventInvokeConfigsRequest,
  ListFunctionEventInvokeConfigsResponse,
  ListFunctionUrlConfigsRequest,
  ListFunctionUrlConfigsResponse,
  ListProvisionedConcurrencyConfigsRequest,
  ListProvisionedConcurrencyConfigsResponse,
  ProvisionedConcurrencyConfigListItem,
} from '@aws-sdk/client-lambda'
import type { Validated } from '../../../core/operation.ts'
import {
  functionNotFound,
  noEventInvokeConfig,
  noProvisionedConcurrency,
  provisionedConcurrencyOfLatest,
  resourceMissing,
} from '../domain/errors.ts'
import { latest } from '../domain/function.ts'
import { isVersionNumber } from '../domain/function-name.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { readPage } from './pages.ts'

// What a function can be given on AWS and not here. That it has none of it is looked up and said as AWS does.

/**
 * Runtimes follow the interpreters of the machine, which is what `Auto` means: the function is never asked.
 * @throws ServiceError ResourceNotFoundException - also for an alias: versions alone have such a configuration.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html
 */
export async function getRuntimeManagementConfig(
  { functions }: LambdaContext,
  { FunctionName, Qualifier }: Validated<GetRuntimeManagementConfigRequest>,
): Promise<GetRuntimeManagementConfigResponse> {
  const target = functions.target(FunctionName, Qualifier)
  const { qualifier = latest, arn } = target
  if (qualifier !== latest && !isVersionNumber(qualifier)) throw functionNotFound(arn)
  await functions.version(target)
  return { UpdateRuntimeOn: 'Auto', FunctionArn: arn }
}

/**
 * Returns what AWS answers of a function that was never given another setting. No loops are looked for here: docs/lambda.md says so.
 * @throws ServiceError ResourceNotFoundException
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html
 */
export async function getFunctionRecursionConfig(
  { functions }: LambdaContext,
  { FunctionName }: Validated<GetFunctionRecursionConfigRequest>,
): Promise<GetFunctionRecursionConfigResponse> {
  await functions.version(functions.target(FunctionName, undefined))
  return { RecursiveLoop: 'Terminate' }
}

/**
 * @throws ServiceError ResourceNotFoundException - no such function, version or alias, or no configuration.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html
 */
export async function getFunctionEventInvokeConfig(
  { functions }: LambdaContext,
  { FunctionName, Qualifier }: Validated<GetFunctionEventInvokeConfigRequest>,
): Promise<FunctionEventInvokeConfig> {
  const target = functions.target(FunctionName, Qualifier)
  await functions.version(target)
  const { functionArn, qualifier = latest } = target
  throw noEventInvokeConfig(`${functionArn}:${qualifier}`)
}

/**
 * @throws ServiceError ResourceNotFoundException, InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html
 */
export async function listFunctionEventInvokeConfigs(
  lambda: LambdaContext,
  request: Validated<ListFunctionEventInvokeConfigsRequest>,
): Promise<ListFunctionEventInvokeConfigsResponse> {
  const { rows, NextMarker } = await emptyListOf<FunctionEventInvokeConfig>(lambda, request)
  return { FunctionEventInvokeConfigs: rows, NextMarker }
}

/**
 * @throws ServiceError ResourceNotFoundException - no such function or alias, or no URL.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html
 */
export async function getFunctionUrlConfig(
  { functions }: LambdaContext,
  { FunctionName, Qualifier }: Validated<GetFunctionUrlConfigRequest>,
): Promise<GetFunctionUrlConfigResponse> {
  await functions.version(functions.target(FunctionName, Qualifier))
  throw resourceMissing()
}

/**
 * @throws ServiceError ResourceNotFoundException, InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html
 */
export async function listFunctionUrlConfigs(
  lambda: LambdaContext,
  request: Validated<ListFunctionUrlConfigsRequest>,
): Promise<ListFunctionUrlConfigsResponse> {
  const { rows, NextMarker } = await emptyListOf<FunctionUrlConfig>(lambda, request)
  return { FunctionUrlConfigs: rows, NextMarker }
}

/**
 * @throws ServiceError ProvisionedConcurrencyConfigNotFoundException, ResourceNotFoundException - no such version or alias,
 *   InvalidParameterValueException for $LATEST.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html
 */
export async function getProvisionedConcurrencyConfig(
  { functions }: LambdaContext,
  { FunctionName, Qualifier }: Validated<GetProvisionedConcurrencyConfigRequest>,
): Promise<GetProvisionedConcurrencyConfigResponse> {
  const target = functions.target(FunctionName, Qualifier)
  if (target.qualifier === latest) throw provisionedConcurrencyOfLatest()
  await functions.version(target)
  throw noProvisionedConcurrency()
}

/**
 * @throws ServiceError ResourceNotFoundException, InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html
 */
export async function listProvisionedConcurrencyConfigs(
  lambda: LambdaContext,
  request: Validated<ListProvisionedConcurrencyConfigsRequest>,
): Promise<ListProvisionedConcurrencyConfigsResponse> {
  const { rows, NextMarker } = await emptyListOf<ProvisionedConcurrencyConfigListItem>(lambda, request)
  return { ProvisionedConcurrencyConfigs: rows, NextMarker }
}

interface ListRequest {
  FunctionName: string
  Marker?: string
  MaxItems?: number
}

async function emptyListOf<T>(lambda: LambdaContext, { FunctionName, ...page }: ListRequest) {
  const target = lambda.functions.target(FunctionName)
  await lambda.functions.version(target)
  return readPage<T>(lambda, [target.arn], page, async () => [])
}
