import type { Bucket } from './bucket.ts'
import { malformedXml, notSupported } from './errors.ts'

/** @throws ServiceError MalformedXML, NotImplemented for objects that belong to their writers. */
export function readOwnership(name: string | undefined): NonNullable<Bucket['ownership']> {
  if (name === 'BucketOwnerEnforced' || name === 'BucketOwnerPreferred') return name
  if (name === 'ObjectWriter') throw notSupported('The object ownership ObjectWriter')
  throw malformedXml()
}
