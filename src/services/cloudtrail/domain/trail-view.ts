import type { CreateTrailResponse, Trail as TrailShape } from '@aws-sdk/client-cloudtrail'
import type { Trail } from './trail.ts'

/** Returns a trail as CreateTrail and UpdateTrail answer it. */
export const trailView = (trail: Trail): CreateTrailResponse => ({
  Name: trail.name,
  S3BucketName: trail.bucket,
  ...(trail.prefix && { S3KeyPrefix: trail.prefix }),
  ...(trail.topic && { SnsTopicName: trail.topic.name, SnsTopicARN: trail.topic.arn }),
  IncludeGlobalServiceEvents: trail.includesGlobalEvents,
  IsMultiRegionTrail: trail.isMultiRegion,
  TrailARN: trail.arn,
  LogFileValidationEnabled: trail.validatedSinceMs !== undefined,
  ...(trail.logs && {
    CloudWatchLogsLogGroupArn: trail.logs.groupArn,
    CloudWatchLogsRoleArn: trail.logs.roleArn,
  }),
  ...(trail.kmsKeyArn && { KmsKeyId: trail.kmsKeyArn }),
  IsOrganizationTrail: trail.organizationId !== undefined,
})

/** Returns a trail as GetTrail and DescribeTrails answer it. */
export const describedTrail = (trail: Trail): TrailShape => ({
  ...trailView(trail),
  HomeRegion: trail.homeRegion,
  HasCustomEventSelectors: trail.selectors !== undefined,
  HasInsightSelectors: trail.insights.length > 0,
})
