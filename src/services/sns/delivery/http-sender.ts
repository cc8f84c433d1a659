import type { DeliverySender } from '../../../kit/deliveries/delivery-source.ts'
import { DeliveryRefused } from '../../../kit/deliveries/failure.ts'
import { type HttpEndpoints, requestEndpoint } from '../../../kit/http-endpoints.ts'

/** A message for an HTTP endpoint. */
export interface HttpMessage {
  url: string
  body: string
  headers: Readonly<Record<string, string>>
}

/** How long an endpoint may take for its answer, the connection included, as AWS has it. */
const answerMs = 15_000

/**
 * Sends messages to HTTP endpoints. Redirects are not followed. What an endpoint answers with a status of 4xx, other than 429, is not
 * tried again.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
export const httpSender =
  (endpoints: HttpEndpoints): DeliverySender =>
  async (input, _delivery, signal) => {
    const { url, body, headers } = input as HttpMessage
    const request = { url: new URL(url), method: 'POST', headers, body, endpoints, answerMs, signal }
    const { status } = await requestEndpoint(request)
    if (status >= 200 && status < 300) return
    throw new DeliveryRefused({
      ...{ code: 'EndpointError', message: `The endpoint answered ${status}.`, status },
      isPermanent: status >= 300 && status < 500 && status !== 429,
    })
  }
