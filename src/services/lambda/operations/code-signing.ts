import type {
  CodeSigningConfig,
  GetCodeSigningConfigRequest,
  GetCodeSigningConfigResponse,
  GetFunctionCodeSigningConfigRequest,
  GetFunctionCodeSigningConfigResponse,
  ListCodeSigningConfigsRequest,
  ListCodeSigningConfigsResponse,
  ListFunctionsByCodeSigningConfigRequest,
  ListFunctionsByCodeSigningConfigResponse,
} from '@aws-sdk/client-lambda'
import type { Permission, Validated } from '../../../core/operation.ts'
import { codeSigningConfigNotFound } from '../domain/errors.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { latestOnly } from '../storage/call-functions.ts'
import { readPage } from './pages.ts'
import { resourcePermission } from './permissions.ts'

// Functions with code signing are refused, so that no configuration can exist and no function has one.

export interface NamedConfig {
  CodeSigningConfigArn: string
}

export const onCodeSigningConfig = (lambda: LambdaContext, { CodeSigningConfigArn }: NamedConfig): Permission[] => [
  resourcePermission(lambda, CodeSigningConfigArn),
]

/**
 * Names the function and no configuration, as AWS does for a function without one.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html
 */
export async function getFunctionCodeSigningConfig(
  { functions }: LambdaContext,
  { FunctionName }: Validated<GetFunctionCodeSigningConfigRequest>,
): Promise<GetFunctionCodeSigningConfigResponse> {
  const { latest } = await functions.get(latestOnly(functions.target(FunctionName)))
  return { FunctionName: latest.functionName, CodeSigningConfigArn: undefined }
}

/**
 * @throws ServiceError ResourceNotFoundException - no such configuration.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetCodeSigningConfig.html
 */
export async function getCodeSigningConfig(
  _lambda: LambdaContext,
  { CodeSigningConfigArn }: Validated<GetCodeSigningConfigRequest>,
): Promise<GetCodeSigningConfigResponse> {
  throw codeSigningConfigNotFound(CodeSigningConfigArn)
}

/**
 * @throws ServiceError InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListCodeSigningConfigs.html
 */
export async function listCodeSigningConfigs(
  lambda: LambdaContext,
  page: Validated<ListCodeSigningConfigsRequest>,
): Promise<ListCodeSigningConfigsResponse> {
  const { rows, NextMarker } = await readPage<CodeSigningConfig>(lambda, [], page, async () => [])
  return { CodeSigningConfigs: rows, NextMarker }
}

/**
 * @throws ServiceError ResourceNotFoundException - no such configuration.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionsByCodeSigningConfig.html
 */
export async function listFunctionsByCodeSigningConfig(
  _lambda: LambdaContext,
  { CodeSigningConfigArn }: Validated<ListFunctionsByCodeSigningConfigRequest>,
): Promise<ListFunctionsByCodeSigningConfigResponse> {
  throw codeSigningConfigNotFound(CodeSigningConfigArn)
}
