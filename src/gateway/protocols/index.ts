import type { WireRequest } from '../wire.ts'
import { awsJson1_0, awsJson1_1 } from './aws-json.ts'
import { awsQuery } from './aws-query.ts'
import { mediaType } from './content-type.ts'
import type { Protocol } from './protocol.ts'
import { restJson1 } from './rest-json.ts'

const protocols: Record<Protocol['name'], Protocol> = { awsJson1_0, awsJson1_1, awsQuery, restJson1 }

/**
 * @param request - JSON services speak the version of AWS JSON that the request is in, whichever they are bound to.
 */
export function protocolNamed(name: Protocol['name'], request?: Pick<WireRequest, 'headers'>): Protocol {
  if (name === 'awsQuery' || name === 'restJson1' || !request) return protocols[name]
  const type = mediaType(request.headers)
  if (type === 'application/x-amz-json-1.0') return awsJson1_0
  return type === 'application/x-amz-json-1.1' ? awsJson1_1 : protocols[name]
}
