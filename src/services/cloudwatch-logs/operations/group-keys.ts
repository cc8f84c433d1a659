import type { Clock } from '../../../core/clock.ts'
import { minuteMs } from '../../../core/durations.ts'
import { ExpiringMap } from '../../../core/expiring-map.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { type ServiceCalls, servicePrincipal } from '../../../core/services/service-calls.ts'
import { keyNotAllowed, keyNotUsable } from '../domain/errors.ts'
import type { LogGroup } from '../domain/log-group.ts'

/** How long a data key is used again. A key that was disabled is in use for at most this long. */
const keptMs = 5 * minuteMs
const mostKept = 2000

/** A key to seal a block with. */
export interface BlockKey {
  key: Uint8Array
  /** What is stored with the block: `''` for the group's own key, else base64 of the data key as KMS encrypted it. */
  dataKey: string
}

/** The group that a key is for; it may not exist yet. */
export type KeyedGroup = Pick<LogGroup, 'arn' | 'accountId' | 'region'>

/**
 * Keys of events. KMS is asked as the service of the Region, on behalf of the group, so that the key's policy decides.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export class GroupKeys {
  readonly #calls: ServiceCalls
  readonly #clock: Clock
  readonly #forWriting: ExpiringMap<string, BlockKey>
  readonly #forReading: ExpiringMap<string, Uint8Array>

  constructor({ calls, clock }: { calls: ServiceCalls; clock: Clock }) {
    this.#calls = calls
    this.#clock = clock
    this.#forWriting = new ExpiringMap(clock, mostKept)
    this.#forReading = new ExpiringMap(clock, mostKept)
  }

  /** @throws ServiceError AccessDeniedException, InvalidParameterException - the key of KMS cannot be used. */
  async forWriting(group: LogGroup): Promise<BlockKey> {
    const { kmsKeyArn } = group
    if (kmsKeyArn === undefined) return { key: Buffer.from(group.ownKey, 'base64'), dataKey: '' }
    const place = `${group.id} ${kmsKeyArn}`
    const kept = this.#forWriting.get(place)
    if (kept) return kept
    const made = await this.generate(group, kmsKeyArn)
    const untilMs = this.#clock.nowMs() + keptMs
    this.#forWriting.set(place, made, untilMs)
    this.#forReading.set(made.dataKey, made.key, untilMs)
    return made
  }

  /** Has KMS make a data key for a group. @throws ServiceError AccessDeniedException, InvalidParameterException. */
  async generate(group: KeyedGroup, kmsKeyArn: string): Promise<BlockKey> {
    const { Plaintext, CiphertextBlob } = await this.#calls
      .invoke({
        ...callAs(group),
        operation: 'GenerateDataKey',
        input: { KeyId: kmsKeyArn, KeySpec: 'AES_256', EncryptionContext: contextOf(group) },
      })
      .catch((refusal) => refuse(refusal, group))
    const dataKey = Buffer.from(CiphertextBlob).toString('base64')
    return { key: Uint8Array.from(Plaintext), dataKey }
  }

  /** @throws ServiceError AccessDeniedException, InvalidParameterException - the key of KMS cannot be used. */
  async forReading(group: LogGroup, dataKey: string): Promise<Uint8Array> {
    if (dataKey === '') return Uint8Array.from(Buffer.from(group.ownKey, 'base64'))
    const kept = this.#forReading.get(dataKey)
    if (kept) return kept
    const { Plaintext } = await this.#calls
      .invoke({
        ...callAs(group),
        operation: 'Decrypt',
        input: { CiphertextBlob: Buffer.from(dataKey, 'base64'), EncryptionContext: contextOf(group) },
      })
      .catch((refusal) => refuse(refusal, group))
    const key = Uint8Array.from(Plaintext)
    this.#forReading.set(dataKey, key, this.#clock.nowMs() + keptMs)
    return key
  }
}

const callAs = ({ arn, accountId, region }: KeyedGroup) =>
  ({
    caller: servicePrincipal(`logs.${region}.amazonaws.com`, { arn, accountId }),
    region,
    service: 'kms',
  }) as const

const contextOf = ({ arn }: KeyedGroup) => ({ 'aws:logs:arn': arn })

/** What KMS refuses, in words of CloudWatch Logs. */
function refuse(refusal: unknown, { arn }: KeyedGroup): never {
  if (!(refusal instanceof ServiceError) || refusal.status >= 500) throw refusal
  if (/^(AccessDenied|NotFound)/.test(refusal.code)) throw keyNotAllowed(arn)
  throw keyNotUsable(refusal.message)
}
