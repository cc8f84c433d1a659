import type { Call } from '../../core/call.ts'
import type { Clock } from '../../core/clock.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { Deliveries } from '../../kit/deliveries/deliveries.ts'
import type { FoundOnce } from '../../kit/found-once.ts'
import type { HttpEndpoints } from '../../kit/http-endpoints.ts'
import type { Topic } from './domain/topic.ts'
import type { EncryptionChecks } from './operations/encryption-checks.ts'
import type { SigningKeys } from './signing/signing-keys.ts'
import type { TopicMetrics } from './topic-metrics.ts'

export interface SnsDependencies {
  clock: Clock
  identity: IdentityDirectory
  /** For page tokens and the tokens of confirmations. */
  sealer: Sealer
  signingKeys: SigningKeys
  encryption: EncryptionChecks
  /** To queues and functions. */
  deliveries: Deliveries
  /** To HTTP endpoints, which may be slow. */
  httpDeliveries: Deliveries
  httpEndpoints: HttpEndpoints
  metrics: TopicMetrics
  /** Where the server answers: the beginning of URLs in messages. */
  endpoint(): string
}

/** What SNS's handlers work with. */
export interface SnsContext extends SnsDependencies {
  call: Call
  /** The topics that the call is about, by ARN. */
  found: FoundOnce<Topic | undefined>
}
