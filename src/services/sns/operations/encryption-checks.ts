import { BoundedMap } from '../../../core/bounded-map.ts'
import type { Call } from '../../../core/call.ts'
import { minuteMs } from '../../../core/durations.ts'
import { printedArn, userIdOf } from '../../../core/principal.ts'
import { kmsRefusal } from '../domain/errors.ts'
import type { Topic } from '../domain/topic.ts'

const mostRemembered = 2000
const reuseMs = 5 * minuteMs

/**
 * The use of KMS keys by publishers to encrypted topics: a data key is made and decrypted as the publisher, with the topic as the
 * encryption context, and counts for the same publisher for five minutes.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export class EncryptionChecks {
  readonly #used = new BoundedMap<string, number>(mostRemembered)

  /** @throws ServiceError KMSAccessDenied, KMSNotFound, KMSDisabled, KMSInvalidState, KMSThrottling. */
  async check(call: Call, topic: Topic): Promise<void> {
    const { KmsMasterKeyId: keyId } = topic.attributes
    if (keyId === undefined) return
    const { principal, accessKeyId } = call.caller
    // A session has the permissions of its own policies, so it counts as a principal of its own.
    const place = JSON.stringify([printedArn(principal), userIdOf(principal), accessKeyId, topic.id, keyId])
    const untilMs = this.#used.get(place)
    const nowMs = call.clock.nowMs()
    if (untilMs !== undefined && nowMs < untilMs && nowMs >= untilMs - reuseMs) return
    await useKey(call, keyOf(topic, keyId), { 'aws:sns:topicArn': topic.arn })
    this.#used.set(place, nowMs + reuseMs)
  }
}

async function useKey(call: Call, KeyId: string, EncryptionContext: Record<string, string>): Promise<void> {
  try {
    const made = await call.invoke('kms', 'GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext })
    await call.invoke('kms', 'Decrypt', { CiphertextBlob: made.CiphertextBlob, EncryptionContext })
  } catch (error) {
    throw kmsRefusal(error)
  }
}

/** The key as the owner of the topic means it, also for callers of other accounts. */
function keyOf({ accountId, region }: Topic, keyId: string): string {
  if (keyId.startsWith('arn:')) return keyId
  return `arn:aws:kms:${region}:${accountId}:${keyId.startsWith('alias/') ? keyId : `key/${keyId}`}`
}
