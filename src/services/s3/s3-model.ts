import type { OperationModel, ServiceModel, ShapeModel } from '../../core/services/service-model.ts'

/** Operations that others have taken the place of: requests of both look alike. */
const replaced = ['GetBucketLifecycle', 'PutBucketLifecycle', 'GetBucketNotification', 'PutBucketNotification']

/** Statuses that the public model has differently from the service. */
const statuses: Readonly<Record<string, number>> = { PutBucketPolicy: 204, PutBucketTagging: 204 }

/** Names of the elements around answers, which the public model has lost. */
const roots: Readonly<Record<string, string>> = {
  ListBucketsOutput: 'ListAllMyBucketsResult',
  ListObjectsOutput: 'ListBucketResult',
  ListObjectsV2Output: 'ListBucketResult',
  ListObjectVersionsOutput: 'ListVersionsResult',
  DeleteObjectsOutput: 'DeleteResult',
  CreateMultipartUploadOutput: 'InitiateMultipartUploadResult',
  CompleteMultipartUploadOutput: 'CompleteMultipartUploadResult',
  ListMultipartUploadsOutput: 'ListMultipartUploadsResult',
  ListPartsOutput: 'ListPartsResult',
  GetObjectAttributesOutput: 'GetObjectAttributesResponse',
  GetObjectTaggingOutput: 'Tagging',
  GetBucketTaggingOutput: 'Tagging',
  GetBucketAclOutput: 'AccessControlPolicy',
  GetObjectAclOutput: 'AccessControlPolicy',
  GetBucketVersioningOutput: 'VersioningConfiguration',
  GetBucketCorsOutput: 'CORSConfiguration',
  GetBucketLifecycleConfigurationOutput: 'LifecycleConfiguration',
  GetBucketRequestPaymentOutput: 'RequestPaymentConfiguration',
  GetBucketWebsiteOutput: 'WebsiteConfiguration',
  GetBucketAccelerateConfigurationOutput: 'AccelerateConfiguration',
  GetBucketLoggingOutput: 'BucketLoggingStatus',
}

/**
 * S3's model as the gateway reads, validates and records with it. S3 has words of its own for what is wrong with a request, so that
 * its operations check it; only what distinguishes operations from one another stays required.
 */
export function s3Model(model: ServiceModel): ServiceModel {
  const operations = Object.entries(model.operations).flatMap(([name, operation]): [string, OperationModel][] =>
    replaced.includes(name) ? [] : [[name, { ...operation, status: statuses[name] ?? operation.status }]],
  )
  const shapes = Object.entries(model.shapes).map(([name, shape]) => [name, changed(name, shape)] as const)
  return { ...model, operations: Object.fromEntries(operations), shapes: Object.fromEntries(shapes) }
}

function changed(
  name: string,
  { min: _min, max: _max, pattern: _pattern, enum: _enum, ...shape }: ShapeModel,
): ShapeModel {
  const required = shape.required?.filter((member) => shape.members?.[member]?.location !== undefined)
  const members = shape.members && { ...shape.members, ...addedMembers[name] }
  return {
    ...shape,
    ...(members && { members }),
    ...(shape.required && { required }),
    ...(roots[name] !== undefined && { locationName: roots[name] }),
    ...(name === 'GetBucketLocationOutput' && { payload: 'LocationConstraint' }),
  }
}

const contentType: ShapeModel['members'] = {
  ContentType: { shape: 'ContentType', location: 'header', locationName: 'Content-Type' },
}
/** Of reads of parts: 206. */
const statusCode: ShapeModel['members'] = { StatusCode: { shape: 'MaxKeys', location: 'statusCode' } }

const addedMembers: Readonly<Record<string, ShapeModel['members']>> = {
  GetObjectOutput: statusCode,
  HeadObjectOutput: statusCode,
  GetBucketLocationOutput: contentType,
  GetBucketPolicyOutput: contentType,
}
