import type { WireRequest, WireResponse } from './wire.ts'

/**
 * On every answer to a request that names an origin: signatures protect the services, not the browser's origin rule. Where
 * credentials are public, `refusalOfPage` does.
 */
export const corsHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
}

/** The answer to a browser's question whether it may send a request. */
export function preflight({ headers }: WireRequest): WireResponse {
  const echo = (name: string) => {
    const value = headers[name]
    return typeof value === 'string' ? value : undefined
  }
  const answer: Record<string, string> = { 'Access-Control-Max-Age': '172800' }
  const asked = echo('access-control-request-headers')
  const method = echo('access-control-request-method')
  if (asked) answer['Access-Control-Allow-Headers'] = asked
  if (method) answer['Access-Control-Allow-Methods'] = method
  return { status: 200, headers: answer, body: '' }
}
