import type { ListedService, ServiceManifest, ServiceModule, SettingsOf } from '../core/services/service-module.ts'
import { athenaManifest } from './athena/manifest.ts'
import { cloudtrailDataManifest } from './cloudtrail/data/manifest.ts'
import { cloudtrailManifest } from './cloudtrail/manifest.ts'
import { cloudwatchManifest } from './cloudwatch/manifest.ts'
import { cloudwatchLogsManifest } from './cloudwatch-logs/manifest.ts'
import { eventbridgeManifest } from './eventbridge/manifest.ts'
import { eventbridgeSchedulerManifest } from './eventbridge-scheduler/manifest.ts'
import { glueManifest } from './glue/manifest.ts'
import { iamManifest } from './iam/manifest.ts'
import { kmsManifest } from './kms/manifest.ts'
import { lambdaManifest } from './lambda/manifest.ts'
import { organizationsManifest } from './organizations/manifest.ts'
import { s3ControlManifest } from './s3/control/manifest.ts'
import { s3Manifest } from './s3/manifest.ts'
import { secretsManagerManifest } from './secrets-manager/manifest.ts'
import { snsManifest } from './sns/manifest.ts'
import { sqsManifest } from './sqs/manifest.ts'
import { ssmManifest } from './ssm/manifest.ts'
import { stsManifest } from './sts/manifest.ts'

/** Every service of the product. Their code takes a second to load, so only the manifests come with the list. */
export const listedServices: readonly ListedService[] = [
  { manifest: iamManifest, load: async () => (await import('./iam/iam.ts')).iam },
  { manifest: stsManifest, load: async () => (await import('./sts/sts.ts')).sts },
  {
    manifest: organizationsManifest,
    load: async () => (await import('./organizations/organizations.ts')).organizations,
  },
  { manifest: kmsManifest, load: async () => (await import('./kms/kms.ts')).kms },
  { manifest: cloudtrailManifest, load: async () => (await import('./cloudtrail/cloudtrail.ts')).cloudtrail },
  {
    manifest: cloudtrailDataManifest,
    load: async () => (await import('./cloudtrail/data/cloudtrail-data.ts')).cloudtrailData,
  },
  { manifest: ssmManifest, load: async () => (await import('./ssm/ssm.ts')).ssm },
  {
    manifest: secretsManagerManifest,
    load: async () => (await import('./secrets-manager/secrets-manager.ts')).secretsManager,
  },
  { manifest: lambdaManifest, load: async () => (await import('./lambda/lambda.ts')).lambda },
  { manifest: snsManifest, load: async () => (await import('./sns/sns.ts')).sns },
  {
    manifest: cloudwatchLogsManifest,
    load: async () => (await import('./cloudwatch-logs/cloudwatch-logs.ts')).cloudwatchLogs,
  },
  { manifest: cloudwatchManifest, load: async () => (await import('./cloudwatch/cloudwatch.ts')).cloudwatch },
  // Before S3, which takes every path.
  { manifest: s3ControlManifest, load: async () => (await import('./s3/control/s3-control.ts')).s3Control },
  { manifest: s3Manifest, load: async () => (await import('./s3/s3.ts')).s3 },
  { manifest: sqsManifest, load: async () => (await import('./sqs/sqs.ts')).sqs },
  { manifest: glueManifest, load: async () => (await import('./glue/glue.ts')).glue },
  { manifest: athenaManifest, load: async () => (await import('./athena/athena.ts')).athena },
  { manifest: eventbridgeManifest, load: async () => (await import('./eventbridge/eventbridge.ts')).eventbridge },
  {
    manifest: eventbridgeSchedulerManifest,
    load: async () => (await import('./eventbridge-scheduler/eventbridge-scheduler.ts')).eventbridgeScheduler,
  },
]

// Beside the list, so that the types of the public API lead to the services' settings and to nothing of their code.
const manifests = [
  iamManifest,
  stsManifest,
  organizationsManifest,
  kmsManifest,
  cloudtrailManifest,
  cloudtrailDataManifest,
  ssmManifest,
  secretsManagerManifest,
  lambdaManifest,
  snsManifest,
  cloudwatchLogsManifest,
  cloudwatchManifest,
  s3ControlManifest,
  s3Manifest,
  sqsManifest,
  glueManifest,
  athenaManifest,
  eventbridgeManifest,
  eventbridgeSchedulerManifest,
] as const

/** The manifests of all services that have one. */
export const serviceManifests: readonly ServiceManifest<Record<string, unknown>>[] = manifests

/** Every setting of the services, by name, with the values that it can have. */
export type ServiceSettings = SettingsOf<(typeof manifests)[number]>

export const loadServices = (): Promise<ServiceModule[]> => Promise.all(listedServices.map(({ load }) => load()))
