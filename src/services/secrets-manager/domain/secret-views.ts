import type {
  DescribeSecretResponse,
  ReplicationStatusType,
  RotationRulesType,
  SecretListEntry,
  SecretVersionsListEntry,
} from '@aws-sdk/client-secrets-manager'
import type { Replica, RotationRules, RotationSettings, Secret, SecretVersion } from './secret.ts'
import { labelsOf, versionsOf } from './staging-labels.ts'

// How secrets are shown. What is empty is left out.

const dateOf = (timeMs: number | undefined) => (timeMs === undefined ? undefined : new Date(timeMs))

type SharedView = Omit<DescribeSecretResponse, 'VersionIdsToStages' | 'ReplicationStatus'>

function sharedView(secret: Secret): SharedView {
  const { rotation, deletion, tags } = secret
  return withoutAbsent<SharedView>({
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description || undefined,
    KmsKeyId: secret.kmsKeyId,
    ...(rotation && rotationView(rotation)),
    LastChangedDate: new Date(secret.changedAtMs),
    LastAccessedDate: dateOf(secret.accessedDayMs),
    DeletedDate: dateOf(deletion?.deletedAtMs),
    Tags: tags?.map((tag) => ({ ...tag })),
    OwningService: secret.owningService,
    CreatedDate: new Date(secret.createdAtMs),
    PrimaryRegion: secret.primaryRegion,
  })
}

const rotationView = ({ enabled, lambdaArn, rules, rotatedAtMs, next }: RotationSettings) => ({
  RotationEnabled: enabled,
  RotationLambdaARN: lambdaArn,
  RotationRules: rules && rulesView(rules),
  LastRotatedDate: dateOf(rotatedAtMs),
  NextRotationDate: dateOf(next?.endMs),
})

const rulesView = ({ automaticallyAfterDays, scheduleExpression, duration }: RotationRules): RotationRulesType =>
  withoutAbsent({
    AutomaticallyAfterDays: automaticallyAfterDays,
    Duration: duration,
    ScheduleExpression: scheduleExpression,
  })

/** Returns a secret as DescribeSecret shows it. @param replicas - as they stand in their regions. */
export const secretDetails = (secret: Secret, replicas: readonly ReplicationStatusType[]): DescribeSecretResponse =>
  withoutAbsent({
    ...sharedView(secret),
    VersionIdsToStages: stagesView(secret),
    ReplicationStatus: replicas.length > 0 ? [...replicas] : undefined,
  })

/** Returns a secret as ListSecrets shows it. */
export const secretListEntry = (secret: Secret): SecretListEntry =>
  withoutAbsent({ ...sharedView(secret), SecretVersionsToStages: stagesView(secret) })

const stagesView = ({ stages }: Secret) => (Object.keys(stages).length > 0 ? versionsOf(stages) : undefined)

/** Returns a version as ListSecretVersionIds shows it. */
export function versionListEntry({ stages }: Secret, version: SecretVersion): SecretVersionsListEntry {
  const labels = labelsOf(stages, version.versionId)
  return withoutAbsent({
    VersionId: version.versionId,
    VersionStages: labels.length > 0 ? labels : undefined,
    LastAccessedDate: dateOf(version.accessedDayMs),
    CreatedDate: new Date(version.createdAtMs),
    KmsKeyIds: [version.kmsKeyId ?? 'DefaultEncryptionKey'],
  })
}

/** @param accessedDayMs - when the replica was last read. */
export const replicaStatus = (
  { region, kmsKeyId, status, statusMessage }: Replica,
  accessedDayMs?: number,
): ReplicationStatusType =>
  withoutAbsent({
    Region: region,
    KmsKeyId: kmsKeyId ?? 'alias/aws/secretsmanager',
    Status: status,
    StatusMessage: statusMessage,
    LastAccessedDate: dateOf(accessedDayMs),
  })

/** Removes members that are undefined: other services that call in process would see them. */
function withoutAbsent<T extends object>(view: T): T {
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined)) as T
}
