/** The parts of an Authorization header, each empty when it is missing. */
export interface AuthorizationHeader {
  algorithm: string
  credential: string
  signedHeaders: string
  signature: string
}

/**
 * Takes an Authorization header apart: the algorithm, then `Name=value` parts between commas or spaces, in any order.
 * Never throws. A part that comes twice has both values, joined with a comma, and fits nothing.
 */
export function parseAuthorization(header: string): AuthorizationHeader {
  const [algorithm = '', ...parts] = header.split(/[\t ,]+/)
  const found: Record<PartName, string> = { Credential: '', SignedHeaders: '', Signature: '' }
  for (const part of parts) {
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(equals, 0))
    if (isPartName(name)) found[name] += (found[name] && ',') + part.slice(equals + 1)
  }
  return { algorithm, credential: found.Credential, signedHeaders: found.SignedHeaders, signature: found.Signature }
}

type PartName = 'Credential' | 'SignedHeaders' | 'Signature'

const isPartName = (name: string): name is PartName =>
  name === 'Credential' || name === 'SignedHeaders' || name === 'Signature'
