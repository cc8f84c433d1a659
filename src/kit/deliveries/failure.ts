import { ServiceError } from '../../core/service-error.ts'

/** Why a delivery failed. */
export interface DeliveryFailure {
  /** The error's code as the target answered it: `AccessDenied`, `QueueDoesNotExist`; or the sender's own. */
  code: string
  message: string
  /** HTTP status. 0 where there was no answer. */
  status: number
  /** Trying again cannot help: the permission or the target is missing, or the message is not acceptable. */
  isPermanent: boolean
}

/** What a source's own sender throws when its target does not take a delivery. */
export class DeliveryRefused extends Error {
  readonly failure: DeliveryFailure

  constructor(failure: DeliveryFailure) {
    super(failure.message)
    this.name = 'DeliveryRefused'
    this.failure = failure
  }
}

/** @returns undefined for a fault of the server, which is reported and tried again. */
export function failureOf(thrown: unknown): DeliveryFailure | undefined {
  if (thrown instanceof DeliveryRefused) return thrown.failure
  if (!(thrown instanceof ServiceError)) return undefined
  const { code, message, status } = thrown
  const isPermanent = status < 500 && status !== 429 && !throttling.test(code)
  return { code, message, status, isPermanent }
}

const throttling = /throttl|toomanyrequests|requestlimit|slowdown|overlimit|limitexceeded/i
