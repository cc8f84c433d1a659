import type { PublicDocument } from '../../core/services/service-module.ts'
import type { WireRequest, WireResponse } from './wire.ts'

/**
 * Answers an unsigned request for a document that a service shows to any client.
 * @param documentAt - gives undefined at once for a path that is not one of a document.
 * @param onFault - gets what kept the document from being read; the client is asked to try again.
 * @returns undefined, now or later, where the request is not for such a document.
 */
export function publicDocument(
  { method, path }: WireRequest,
  documentAt: (path: string) => Promise<PublicDocument | undefined> | undefined,
  onFault: (fault: unknown) => void,
): Promise<WireResponse | undefined> | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  return documentAt(path)?.then(
    (document) => document && answerOf(document),
    (fault) => {
      onFault(fault)
      return unavailable
    },
  )
}

const answerOf = ({ contentType, body }: PublicDocument): WireResponse => ({
  status: 200,
  headers: { 'Content-Type': contentType },
  body,
})

const unavailable: WireResponse = {
  status: 503,
  headers: { 'Content-Type': 'text/plain' },
  body: 'The document cannot be read now. Try again later.\n',
}
