import type {
  FunctionConfiguration,
  GetFunctionConfigurationRequest,
  GetFunctionRequest,
  GetFunctionResponse,
} from '@aws-sdk/client-lambda'
import type { Validated } from '../../../core/operation.ts'
import type { FunctionVersion } from '../domain/function.ts'
import { functionView } from '../domain/function-view.ts'
import type { LambdaContext } from '../lambda-context.ts'
import type { FunctionTarget } from '../storage/call-functions.ts'
import { shownVariables } from './variables.ts'

/**
 * The configuration of a function, its tags and its concurrency. AWS adds an address from which the code can be loaded for
 * ten minutes, in a bucket of its own; there is none here.
 * @throws ServiceError ResourceNotFoundException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
 */
export async function getFunction(
  lambda: LambdaContext,
  { FunctionName, Qualifier }: Validated<GetFunctionRequest>,
): Promise<GetFunctionResponse> {
  const target = lambda.functions.target(FunctionName, Qualifier)
  const found = await lambda.functions.get(target)
  const version = await lambda.functions.version(target)
  const { reservedConcurrency, tags } = found
  return {
    Configuration: await viewAsNamed(lambda, target, version),
    Code: { RepositoryType: 'Strongroom' },
    Tags: Object.keys(tags).length > 0 ? tags : undefined,
    Concurrency: reservedConcurrency === undefined ? undefined : { ReservedConcurrentExecutions: reservedConcurrency },
  }
}

/** @throws ServiceError ResourceNotFoundException. */
export async function getFunctionConfiguration(
  lambda: LambdaContext,
  { FunctionName, Qualifier }: Validated<GetFunctionConfigurationRequest>,
): Promise<FunctionConfiguration> {
  const target = lambda.functions.target(FunctionName, Qualifier)
  return viewAsNamed(lambda, target, await lambda.functions.version(target))
}

/** A version under the ARN that it was asked for by: that of an alias, where one was named. */
async function viewAsNamed(
  lambda: LambdaContext,
  { arn }: FunctionTarget,
  version: FunctionVersion,
): Promise<FunctionConfiguration> {
  return { ...functionView(version, await shownVariables(lambda, version)), FunctionArn: arn }
}
