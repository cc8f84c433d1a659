import type { CORSRule } from '@aws-sdk/client-s3'
import type { OriginRule } from '../../../../core/services/origin-rules.ts'
import type { AskedResource } from '../../../../core/services/service-module.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { bucketArn } from '../../domain/bucket-name.ts'
import { fromStored } from '../../domain/stored-document.ts'
import { preflightData } from '../../domain/transfer-data.ts'

/** Returns what a bucket lets pages of other origins do; undefined where it has no CORS configuration. */
export function originRulesOf({ configurations }: Bucket): OriginRule[] | undefined {
  if (!configurations.cors) return undefined
  return (fromStored(configurations.cors) as CORSRule[]).map((rule) => ({
    origins: rule.AllowedOrigins ?? [],
    methods: rule.AllowedMethods ?? [],
    headers: rule.AllowedHeaders ?? [],
    exposedHeaders: rule.ExposeHeaders ?? [],
    ...(rule.MaxAgeSeconds !== undefined && { maxAgeSeconds: rule.MaxAgeSeconds }),
  }))
}

/** Returns a bucket as the records of browsers' questions show it. */
export const askedBucket = ({ name, accountId, region }: Bucket): AskedResource => ({
  region,
  parameters: { bucketName: name },
  resources: [{ accountId, type: 'AWS::S3::Bucket', ARN: bucketArn(name) }],
  additional: preflightData,
})
