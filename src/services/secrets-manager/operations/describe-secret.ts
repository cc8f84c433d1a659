import type {
  DescribeSecretRequest,
  DescribeSecretResponse,
  ListSecretVersionIdsRequest,
  ListSecretVersionIdsResponse,
  ReplicationStatusType,
} from '@aws-sdk/client-secrets-manager'
import type { Validated } from '../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { invalidNextToken } from '../domain/errors.ts'
import type { Secret, SecretVersion } from '../domain/secret.ts'
import { replicaStatus, secretDetails, versionListEntry } from '../domain/secret-views.ts'
import { versionsOf } from '../domain/staging-labels.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { type Reader, scopeOf, secrets as secretCollection } from '../storage/collections.ts'
import { getVersion, listVersions, rereadSecret } from '../storage/secret-store.ts'

/** Everything about a secret but its value; one that is marked for deletion too. */
export async function describeSecret(
  { call, secrets, accesses }: SecretsManagerContext,
  { SecretId }: Validated<DescribeSecretRequest>,
): Promise<DescribeSecretResponse> {
  const found = await secrets.get(SecretId)
  await accesses.flush()
  const secret = await rereadSecret(call.store, found)
  return secretDetails(secret, await replicaStatuses(call.store, secret))
}

/** The replicas of a primary, with what is known of them in their regions. */
export const replicaStatuses = (reader: Reader, secret: Secret): Promise<ReplicationStatusType[]> =>
  Promise.all(
    secret.replicas.map(async (replica) => {
      const place = { ...scopeOf(secret), region: replica.region }
      const there = await reader.in(secretCollection).get(place, secret.name)
      const isOurs = there?.primaryRegion === secret.region
      return replicaStatus(replica, isOurs ? there.accessedDayMs : undefined)
    }),
  )

const defaultPageSize = 100

/**
 * The versions of a secret, oldest first; those without labels when they are asked for.
 * @throws ServiceError ResourceNotFoundException, InvalidNextTokenException.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
 */
export async function listSecretVersionIds(
  context: SecretsManagerContext,
  { SecretId, MaxResults = defaultPageSize, NextToken, IncludeDeprecated }: Validated<ListSecretVersionIdsRequest>,
): Promise<ListSecretVersionIdsResponse> {
  const { call, secrets, accesses } = context
  await accesses.flush()
  const secret = await secrets.get(SecretId)
  const list = [secret.arn, IncludeDeprecated ?? false]
  const after = NextToken === undefined ? undefined : placeIn(openPageToken(context, list, NextToken))
  const found = IncludeDeprecated
    ? await listVersions(call.store, secret, MaxResults + 1, after)
    : (await labelledVersions(call.store, secret)).filter((version) => !after || isAfter(version, after))
  const page = found.slice(0, MaxResults)
  const last = page.at(-1)
  const more = found.length > page.length && last
  return {
    Versions: page.map((version) => versionListEntry(secret, version)),
    ...(more && { NextToken: sealPageToken(context, list, [last.createdAtMs, last.versionId]) }),
    ARN: secret.arn,
    Name: secret.name,
  }
}

type Place = Pick<SecretVersion, 'createdAtMs' | 'versionId'>

function placeIn(content: unknown): Place {
  if (!Array.isArray(content)) throw invalidNextToken()
  const [createdAtMs, versionId]: unknown[] = content
  if (typeof createdAtMs !== 'number' || typeof versionId !== 'string') throw invalidNextToken()
  return { createdAtMs, versionId }
}

const isAfter = (a: Place, b: Place): boolean =>
  a.createdAtMs > b.createdAtMs || (a.createdAtMs === b.createdAtMs && a.versionId > b.versionId)

/** There are as many as labels at most. */
async function labelledVersions(reader: Reader, secret: Secret): Promise<SecretVersion[]> {
  const ids = Object.keys(versionsOf(secret.stages))
  const found = await Promise.all(ids.map((id) => getVersion(reader, secret, id)))
  return found.flatMap((version) => version ?? []).sort((a, b) => (isAfter(a, b) ? 1 : -1))
}
