import { formatArn, parseArn } from '../../../core/arn.ts'
import type { KeyRegions, KmsKey } from './key.ts'

type Placed = Pick<KmsKey, 'region' | 'regions'>

/** Returns whether a key is a multi-Region primary key. */
export const isPrimary = ({ region, regions }: Placed): boolean => regions?.primary === region

/** Returns whether a key is a multi-Region replica key. */
export const isReplica = (key: Placed): boolean => key.regions !== undefined && !isPrimary(key)

/** The ARN that a multi-Region key has in a Region: related keys share the rest of it. */
export function relatedArn({ arn }: Pick<KmsKey, 'arn'>, region: string): string {
  const parts = parseArn(arn)
  if (!parts) throw new Error(`${arn} is not an ARN`)
  return formatArn({ ...parts, region })
}

/** What a replica has for itself. */
export type ReplicaOwn = Pick<KmsKey, 'region' | 'createdAtMs' | 'policy' | 'tags' | 'description'>

/**
 * A replica of a primary key, in creation. Related keys share what is written out here; all else each has for itself:
 * aliases, grants, state, deletion. Imported material has to be imported in each Region.
 */
export const replicaOf = (primary: KmsKey, own: ReplicaOwn): KmsKey => ({
  accountId: primary.accountId,
  keyId: primary.keyId,
  arn: relatedArn(primary, own.region),
  keySpec: primary.keySpec,
  keyUsage: primary.keyUsage,
  origin: primary.origin,
  keyManager: primary.keyManager,
  multiRegion: true,
  regions: withReplica(primary, own.region),
  currentMaterialId: primary.currentMaterialId,
  materials: primary.materials.map((version) =>
    version.importState ? { ...version, importState: 'PENDING_IMPORT', expiresAtMs: undefined } : version,
  ),
  ...(primary.rotation && { rotation: primary.rotation }),
  onDemandRotations: primary.onDemandRotations,
  ...(primary.publicKey && { publicKey: primary.publicKey }),
  state: 'Creating',
  aliasNames: [],
  ...own,
})

export const withReplica = (key: Placed, region: string): KeyRegions => {
  const { primary, replicas } = regionsOf(key)
  return { primary, replicas: [...replicas, region].sort() }
}

export const withoutReplica = (key: Placed, region: string): KeyRegions => {
  const { primary, replicas } = regionsOf(key)
  return { primary, replicas: replicas.filter((replica) => replica !== region) }
}

/** The primary key of now becomes a replica. */
export function withPrimary(key: Placed, primary: string): KeyRegions {
  const before = regionsOf(key)
  return { primary, replicas: [...withoutReplica(key, primary).replicas, before.primary].sort() }
}

function regionsOf({ regions }: Placed): KeyRegions {
  if (!regions) throw new Error('a single-Region key has no related keys')
  return regions
}
