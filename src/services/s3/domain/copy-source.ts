import { invalidArgument, notSupported } from './errors.ts'

/** The version that a copy is made of. */
export interface CopySource {
  bucket: string
  key: string
  versionId?: string
}

const shape = 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey'

/**
 * Reads a header `x-amz-copy-source`: `bucket/key`, in the form of a URL, with a version.
 * @throws ServiceError InvalidArgument, NotImplemented for access points.
 */
export function readCopySource(header: string): CopySource {
  const [path = '', query] = header.split('?versionId=')
  if (/^\/?arn:/.test(path)) throw notSupported('A copy from an access point')
  const decoded = decodedPath(path).replace(/^\//, '')
  const slash = decoded.indexOf('/')
  if (slash < 1 || slash === decoded.length - 1) throw wrong(header)
  return {
    bucket: decoded.slice(0, slash),
    key: decoded.slice(slash + 1),
    ...(query !== undefined && { versionId: query }),
  }
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path.replaceAll('+', '%20'))
  } catch {
    // decodeURIComponent throws for nothing but bad escapes.
    throw wrong(path)
  }
}

const wrong = (value: string) => invalidArgument(shape, 'x-amz-copy-source', value)
