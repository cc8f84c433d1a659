import type { CORSRule } from '@aws-sdk/client-s3'
import type { OriginRule } from '../../../../core/services/origin-rules.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { fromStored } from '../../domain/stored-document.ts'

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
