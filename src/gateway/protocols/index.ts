import type { WireRequest } from '../wire.ts'
import { awsJson1_0, awsJson1_1 } from './aws-json.ts'
import { awsQuery, awsQueryInJson } from './aws-query.ts'
import { acceptsJson, mediaType } from './content-type.ts'
import type { Protocol } from './protocol.ts'
import { restJson1 } from './rest-json.ts'

const protocols: Record<Protocol['name'], Protocol> = { awsJson1_0, awsJson1_1, awsQuery, restJson1 }

/**
 * @param request - JSON services speak the version of AWS JSON that the request is in, whichever they are bound to; query
 *   services answer in JSON when they are asked to.
 */
export function protocolNamed(name: Protocol['name'], request?: Pick<WireRequest, 'headers'>): Protocol {
  if (!request || name === 'restJson1') return protocols[name]
  if (name === 'awsQuery') return acceptsJson(request.headers) ? awsQueryInJson : awsQuery
  const type = mediaType(request.headers)
  if (type === 'application/x-amz-json-1.0') return awsJson1_0
  return type === 'application/x-amz-json-1.1' ? awsJson1_1 : protocols[name]
}
