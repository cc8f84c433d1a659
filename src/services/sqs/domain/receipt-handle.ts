import type { Sealer } from '../../../core/sealer.ts'
import { invalidHandle, missingParameter } from './errors.ts'

/** Which receive of which message a handle stands for. */
export interface Receipt {
  /** Of the message in its queue. */
  id: string
  /** How often it had been received then: a later receive makes the handle old. */
  receives: number
}

/** A handle of a queue's message that only this server can make. */
export const sealReceipt = (sealer: Sealer, queueId: string, { id, receives }: Receipt): string =>
  sealer.seal(Buffer.from(JSON.stringify([id, receives])), contextOf(queueId)).toString('base64')

/** @throws ServiceError ReceiptHandleIsInvalid - it is not a handle of this queue. */
export function openReceipt(sealer: Sealer, queueId: string, handle: string | undefined): Receipt {
  if (!handle) throw missingParameter('ReceiptHandle')
  const sealed = Buffer.from(handle, 'base64')
  // Base64 has spellings that decode alike; only the one that was given is good.
  if (sealed.toString('base64') !== handle) throw invalidHandle()
  let text: string
  try {
    text = sealer.open(sealed, contextOf(queueId)).toString()
  } catch {
    // The sealer says no more than that it did not seal this for that.
    throw invalidHandle()
  }
  const [id, receives] = JSON.parse(text)
  return { id, receives }
}

const contextOf = (queueId: string) => `sqs-receipt-handle:${queueId}`
