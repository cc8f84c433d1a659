import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { ServiceCalls } from '../../core/services/service-calls.ts'
import type { Store } from '../../core/store.ts'
import type { Deliveries } from '../../kit/deliveries/deliveries.ts'
import type { FoundOnce } from '../../kit/found-once.ts'
import type { Bucket } from './domain/bucket.ts'
import type { BucketKeys } from './operations/encryption/bucket-keys.ts'
import type { Contents } from './storage/contents.ts'
import type { StoredVersion } from './storage/versions.ts'

export interface S3Dependencies {
  store: Store
  contents: Contents
  bucketKeys: BucketKeys
  /** Of notifications. */
  deliveries: Deliveries
  /** For calls that S3 makes as itself. */
  calls: ServiceCalls
  identity: IdentityDirectory
  /** For page tokens. */
  sealer: Sealer
  /** Whether keys of customers may come without TLS. */
  customerKeysOverHttp: boolean
  /** Where the server answers. */
  endpoint(): string
}

/** What S3's handlers work with. */
export interface S3Context extends S3Dependencies {
  call: Call
  /** The buckets that the call is about, by name. */
  buckets: FoundOnce<Bucket | undefined>
  /** The versions that the call is about. */
  versions: FoundOnce<StoredVersion | undefined>
}
