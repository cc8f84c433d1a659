import { type GivenTag, type Tag, tagging } from '../../../kit/tags.ts'
import { invalidArgument, invalidTag, tooManyObjectTags } from './errors.ts'

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

function checkTag({ Key = '', Value = '' }: GivenTag): void {
  if (Key.length < 1 || Key.length > 128 || !allowed.test(Key)) {
    throw invalidTag('The TagKey you have provided is invalid')
  }
  if (Value.length > 256 || !allowed.test(Value)) throw invalidTag('The TagValue you have provided is invalid')
}

const rules = {
  check: checkTag,
  reservedKey: () => invalidTag('System tags cannot be added/updated by requester'),
  keyGivenTwice: () => invalidTag('Cannot provide multiple Tags with the same key'),
}

/** Tags of objects. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
export const objectTagging = tagging({ ...rules, most: 10, tooMany: tooManyObjectTags })

/** Tags of buckets. */
export const bucketTagging = tagging({
  ...rules,
  most: 50,
  tooMany: () => invalidTag('Bucket tag count cannot be greater than 50'),
})

/** The tags of a header `x-amz-tagging`, in the form of a query. @throws ServiceError InvalidArgument, InvalidTag, BadRequest. */
export function readTaggingHeader(header: string | undefined): Tag[] {
  if (header === undefined || header === '') return []
  const pairs = header.split('&').map((pair) => {
    const [Key = '', Value = ''] = pair.split('=').map(decoded)
    return { Key, Value }
  })
  if (pairs.some(({ Key }) => Key === '')) throw wrongHeader(header)
  return objectTagging.merge([], pairs)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // decodeURIComponent throws for nothing but bad escapes.
    throw wrongHeader(text)
  }
}

const wrongHeader = (value: string) =>
  invalidArgument(
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    'x-amz-tagging',
    value,
  )
