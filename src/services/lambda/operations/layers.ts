import type {
  GetLayerVersionByArnRequest,
  GetLayerVersionPolicyRequest,
  GetLayerVersionPolicyResponse,
  GetLayerVersionRequest,
  GetLayerVersionResponse,
  LayersListItem,
  LayerVersionsListItem,
  ListLayersRequest,
  ListLayersResponse,
  ListLayerVersionsRequest,
  ListLayerVersionsResponse,
} from '@aws-sdk/client-lambda'
import type { Permission, Validated } from '../../../core/operation.ts'
import { resourceMissing } from '../domain/errors.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { readPage } from './pages.ts'
import { resourcePermission } from './permissions.ts'

// Layers cannot be published here, so that no layer has a version.

export interface NamedVersion {
  /** A name, or the layer's ARN. */
  LayerName: string
  VersionNumber: number
}

export const onLayerVersion = (lambda: LambdaContext, { LayerName, VersionNumber }: NamedVersion): Permission[] => {
  const { partition, region, accountId } = lambda.call
  const layerArn = LayerName.startsWith('arn:')
    ? LayerName
    : `arn:${partition}:lambda:${region}:${accountId}:layer:${LayerName}`
  return [resourcePermission(lambda, `${layerArn}:${VersionNumber}`)]
}

/** The operation has no action of its own. */
export const onLayerVersionArn = (
  lambda: LambdaContext,
  { Arn }: Validated<GetLayerVersionByArnRequest>,
): Permission[] => [resourcePermission(lambda, Arn, 'lambda:GetLayerVersion')]

/**
 * @throws ServiceError InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html
 */
export async function listLayers(
  lambda: LambdaContext,
  { CompatibleRuntime, CompatibleArchitecture, ...page }: Validated<ListLayersRequest>,
): Promise<ListLayersResponse> {
  const list = [CompatibleRuntime, CompatibleArchitecture]
  const { rows, NextMarker } = await readPage<LayersListItem>(lambda, list, page, async () => [])
  return { Layers: rows, NextMarker }
}

/**
 * AWS lists nothing for a layer that it does not know, too.
 * @throws ServiceError InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html
 */
export async function listLayerVersions(
  lambda: LambdaContext,
  { LayerName, CompatibleRuntime, CompatibleArchitecture, ...page }: Validated<ListLayerVersionsRequest>,
): Promise<ListLayerVersionsResponse> {
  const list = [LayerName, CompatibleRuntime, CompatibleArchitecture]
  const { rows, NextMarker } = await readPage<LayerVersionsListItem>(lambda, list, page, async () => [])
  return { LayerVersions: rows, NextMarker }
}

/**
 * @throws ServiceError ResourceNotFoundException - no such version.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html
 */
export async function getLayerVersion(
  _lambda: LambdaContext,
  _request: Validated<GetLayerVersionRequest> | Validated<GetLayerVersionByArnRequest>,
): Promise<GetLayerVersionResponse> {
  throw resourceMissing()
}

/**
 * @throws ServiceError ResourceNotFoundException - no such version.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html
 */
export async function getLayerVersionPolicy(
  _lambda: LambdaContext,
  _request: Validated<GetLayerVersionPolicyRequest>,
): Promise<GetLayerVersionPolicyResponse> {
  throw resourceMissing()
}
