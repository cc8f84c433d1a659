import { behind } from '../../../../storage/text-ranges.ts'
import { invalidArgument } from '../../domain/errors.ts'
import { commonPrefixOf, endOfKeys, type ListRequest } from '../../domain/listing.ts'
import { urlEncoded } from '../../domain/url-encoded.ts'

/** The members that lists have in common. */
export interface GivenList {
  Prefix?: string | undefined
  Delimiter?: string | undefined
  EncodingType?: string | undefined
}

const mostEntries = 1000

/**
 * Reads what a list is asked for.
 * @param given - how many entries. @param name - of the argument.
 * @throws ServiceError InvalidArgument.
 */
export function listRequest(
  { Prefix = '', Delimiter = '', EncodingType }: GivenList,
  given: number | undefined,
  name: string,
): ListRequest & { before: string; from: string; encode: (text: string) => string } {
  if (given !== undefined && given < 0) {
    throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, given)
  }
  if (EncodingType !== undefined && EncodingType !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', EncodingType)
  }
  return {
    ...{ prefix: Prefix, delimiter: Delimiter, most: Math.min(given ?? mostEntries, mostEntries) },
    ...{ from: Prefix, before: endOfKeys(Prefix) },
    encode: EncodingType === 'url' ? urlEncoded : (text) => text,
  }
}

/** Returns where a list goes on behind a key. Within a common prefix, that is behind the prefix. */
export function startBehind(request: ListRequest & { before: string; from: string }, key: string): string {
  if (key === '') return request.from
  const prefix = key.startsWith(request.prefix) ? commonPrefixOf(key, request) : undefined
  const start = behind(request, key).from
  if (prefix === undefined) return start
  const end = endOfKeys(prefix)
  return Buffer.compare(Buffer.from(end), Buffer.from(start)) > 0 ? end : start
}
