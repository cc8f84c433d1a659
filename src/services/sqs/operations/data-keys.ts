import type { Call } from '../../../core/call.ts'
import type { Clock } from '../../../core/clock.ts'
import { secondMs } from '../../../core/durations.ts'
import { ExpiringMap } from '../../../core/expiring-map.ts'
import { type Caller, printedArn, userIdOf } from '../../../core/principal.ts'
import type { DataKey } from '../domain/content-encryption.ts'
import { kmsRefusal } from '../domain/errors.ts'
import type { EncryptedContent } from '../domain/message.ts'
import { type Encryption, numberOf, type Queue } from '../domain/queue.ts'

const mostKeys = 2000

/**
 * Data keys of SSE-KMS. KMS is asked as the sender or receiver, and what it gave is used again for the queue's reuse period, for the
 * same principal alone.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
export class DataKeys {
  readonly #cached: ExpiringMap<string, DataKey>

  constructor(clock: Clock) {
    this.#cached = new ExpiringMap(clock, mostKeys)
  }

  /** A data key to encrypt messages of a queue with. @throws ServiceError KmsAccessDenied, KmsNotFound, KmsDisabled … */
  async forSending(
    call: Call,
    queue: Queue,
    { keyId, reuseSeconds }: Extract<Encryption, { kind: 'kms' }>,
  ): Promise<DataKey> {
    const place = JSON.stringify(['send', principalOf(call.caller), queue.id, keyId])
    const cached = this.#cached.get(place)
    if (cached) return cached
    const { Plaintext, CiphertextBlob } = await call
      .invoke('kms', 'GenerateDataKey', {
        KeyId: keyOf(queue, keyId),
        KeySpec: 'AES_256',
        EncryptionContext: contextOf(queue.arn),
      })
      .catch(refused)
    const key = { plaintext: Buffer.from(Plaintext), encrypted: Buffer.from(CiphertextBlob).toString('base64') }
    this.#cached.set(place, key, call.clock.nowMs() + reuseSeconds * secondMs)
    return key
  }

  /** The data key of a message, where this receiver has it already. */
  known(call: Call, { dataKey }: EncryptedContent): Buffer | undefined {
    return this.#cached.get(receivePlace(call.caller, dataKey))?.plaintext
  }

  /** Has KMS decrypt the data key of a message. @throws ServiceError KmsAccessDenied, KmsNotFound, KmsDisabled … */
  async open(call: Call, queue: Queue, { dataKey, queueArn }: EncryptedContent): Promise<void> {
    if (this.known(call, { dataKey, queueArn, encrypted: '' })) return
    const { Plaintext } = await call
      .invoke('kms', 'Decrypt', {
        CiphertextBlob: Buffer.from(dataKey, 'base64'),
        EncryptionContext: contextOf(queueArn),
      })
      .catch(refused)
    this.#cached.set(
      receivePlace(call.caller, dataKey),
      { plaintext: Buffer.from(Plaintext), encrypted: dataKey },
      call.clock.nowMs() + numberOf(queue, 'KmsDataKeyReusePeriodSeconds') * secondMs,
    )
  }
}

const receivePlace = (caller: Caller, dataKey: string) => JSON.stringify(['receive', principalOf(caller), dataKey])

// A session has the permissions of its own policies, so it counts as a principal of its own.
const principalOf = ({ principal, accessKeyId }: Caller) => [printedArn(principal), userIdOf(principal), accessKeyId]

const contextOf = (queueArn: string) => ({ 'aws:sqs:arn': queueArn })

/** The key as the owner of the queue means it, also for callers of other accounts. */
function keyOf({ accountId, region }: Queue, keyId: string): string {
  if (keyId.startsWith('arn:')) return keyId
  return `arn:aws:kms:${region}:${accountId}:${keyId.startsWith('alias/') ? keyId : `key/${keyId}`}`
}

function refused(error: unknown): never {
  throw kmsRefusal(error)
}
