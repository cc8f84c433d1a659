import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ListenerLimits } from './limits.ts'
import type { WireRequest, WireResponse } from './wire.ts'

export interface LargeBodiesOptions {
  limits: Pick<ListenerLimits, 'bodyBytes' | 'largeBodiesBytes'>
  bodyLimit(head: WireRequest): Promise<{ limitBytes: number } | undefined>
  tooLarge(head: WireRequest): Promise<WireResponse>
  atCapacity(head: WireRequest): WireResponse
}

/** Bodies over the ordinary limit, which some operations allow, within what all of them together may take up. */
export class LargeBodies {
  readonly #options: LargeBodiesOptions
  #reservedBytes = 0

  constructor(options: LargeBodiesOptions) {
    this.#options = options
  }

  /**
   * Decides about a body that has outgrown its limit.
   * @returns the limit of its operation, with memory reserved until the answer is sent; else the refusal.
   */
  async enlarge(
    { message, response, request: head }: { message: IncomingMessage; response: ServerResponse; request: WireRequest },
    sizeBytes: number,
    limitBytes: number,
  ): Promise<number | WireResponse> {
    const { limits, bodyLimit, tooLarge, atCapacity } = this.#options
    const allowed = limitBytes === limits.bodyBytes ? (await bodyLimit(head))?.limitBytes : undefined
    const announced = Number(message.headers['content-length'] ?? sizeBytes)
    if (allowed === undefined || allowed < sizeBytes || allowed < announced) return tooLarge(head)
    const reserved = message.headers['content-length'] === undefined ? allowed : announced
    if (this.#reservedBytes + reserved > limits.largeBodiesBytes) return atCapacity(head)
    if (response.closed) return allowed
    this.#reservedBytes += reserved
    response.once('close', () => {
      this.#reservedBytes -= reserved
    })
    return allowed
  }
}
