import fc from 'fast-check'
import { type Plain, strictly } from './requests.ts'

/** Text of every kind, in well-formed Unicode and without what no header or URL can hold. */
const text = fc.string({
  unit: fc.oneof(fc.constantFrom(...' +/%=&?#~*!\'();:@$,é€🔐"<>[]{}|\\^`'), fc.string({ minLength: 1, maxLength: 1 })),
  maxLength: 8,
})

const filled = text.filter((value) => value !== '')

const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH')

const dots = fc.constantFrom('', '.', '..')
/** Path segments may hold these unescaped, and only S3's clients escape them all. */
const unescaped = fc.string({ unit: fc.constantFrom(..."az09-._~!$&'()*+,;=:@"), minLength: 1, maxLength: 6 })

const joined = (segments: string[]) => `/${segments.join('/')}`
/** Paths with empty and dot segments. `s3`: as its clients write keys, all that is reserved escaped but the slash. */
const pathFor = (s3: boolean) =>
  fc
    .array(
      fc.oneof(
        text.map((segment) => strictly(s3 ? segment.replaceAll('/', '') : segment)),
        dots,
        ...(s3 ? [] : [unescaped]),
      ),
      { maxLength: 5 },
    )
    .map(joined)

const query = fc.dictionary(filled, fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })), {
  maxKeys: 4,
  noNullPrototype: true,
})

const headerName = fc.constantFrom(
  'X-Odd!#$%^&*_-.|~',
  'x-a',
  'X-Amz-Meta-B',
  'Content-Type',
  'x_y',
  '1',
  'X-Amz-Target',
)
const word = fc.string({ unit: fc.constantFrom(...'az09,;="é€🔐()/'), minLength: 1, maxLength: 6 })
const spaces = fc.constantFrom(' ', '  ', ' \t ', '   ')
const headerValue = fc.array(fc.tuple(word, spaces), { maxLength: 4 }).map((pairs) => pairs.flat().join(''))
const headers = fc.dictionary(headerName, headerValue, { maxKeys: 4, noNullPrototype: true })

/** Requests as a client may make them, before they are signed. */
export const plainRequest = (s3: boolean): fc.Arbitrary<Plain> =>
  fc.record({ method, path: pathFor(s3), query, headers, body: fc.string({ unit: 'grapheme', maxLength: 40 }) })
