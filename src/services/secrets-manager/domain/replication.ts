import type { Caller } from '../../../core/principal.ts'
import { isRegion } from '../../../core/regions.ts'
import { invalidReplicaRegion } from './errors.ts'
import type { Replica, Secret } from './secret.ts'

/** A region as requests name it for a replica. */
export interface GivenReplicaRegion {
  Region?: string
  KmsKeyId?: string
}

/** @throws ServiceError InvalidParameterException - no region, one that does not exist, the secret's own, or one twice. */
export function checkReplicaRegions(given: readonly GivenReplicaRegion[], ownRegion: string): void {
  const seen = new Set<string>([ownRegion])
  for (const { Region = '' } of given) {
    if (!isRegion(Region) || seen.has(Region)) throw invalidReplicaRegion()
    seen.add(Region)
  }
}

/** A secret with further replicas, or the same with other keys, all of them to be copied. */
export function withReplicas(
  secret: Secret,
  given: readonly (GivenReplicaRegion & { isDefaultKey: boolean })[],
  { overwrite, authority }: { overwrite: boolean; authority: Caller },
): Secret {
  if (given.length === 0) return secret
  const added = given.map(
    ({ Region = '', KmsKeyId, isDefaultKey }): Replica => ({
      region: Region,
      ...(!isDefaultKey && { kmsKeyId: KmsKeyId }),
      status: 'InProgress',
      overwrite,
      authority,
    }),
  )
  const regions = new Set(added.map(({ region }) => region))
  const kept = secret.replicas.filter(({ region }) => !regions.has(region))
  const replicas = [...kept, ...added].sort((a, b) => (a.region < b.region ? -1 : 1))
  return { ...secret, replicas, primaryRegion: secret.region }
}

/** A secret without replicas in some regions. */
export function withoutReplicas({ primaryRegion, ...secret }: Secret, regions: readonly string[]): Secret {
  const replicas = secret.replicas.filter(({ region }) => !regions.includes(region))
  return { ...secret, replicas, ...(replicas.length > 0 && { primaryRegion }) }
}

export const withReplicaStatus = (secret: Secret, region: string, status: Partial<Replica>): Secret => ({
  ...secret,
  replicas: secret.replicas.map((replica) =>
    replica.region === region ? { ...replica, statusMessage: undefined, ...status } : replica,
  ),
})
