import { isUtf8 } from 'node:buffer'
import { parseXml, XmlElement, XmlError } from '@rgrove/parse-xml'
import { ServiceError } from '../../core/service-error.ts'
import { deepestNesting } from './body-limits.ts'

/** S3's error for XML that cannot be read, or is not of the types of the service model. */
export const malformedXml = () =>
  new ServiceError(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  )

const mostElements = 10_000
const mostAttributes = 10_000

/**
 * Reads the XML document of a request's body.
 * @param mostValues - how many elements it may have.
 * @returns its root; undefined for an empty body.
 * @throws ServiceError MalformedXML: not XML, not UTF-8, a document type, nested more than 64 deep, too many elements.
 */
export function readXmlBody(body: Buffer, mostValues = mostElements): XmlElement | undefined {
  if (body.length === 0) return undefined
  if (!isUtf8(body)) throw malformedXml()
  const text = body.toString('utf8')
  refuseExcess(text, 2 * mostValues)
  try {
    return parseXml(text).root ?? undefined
  } catch (error) {
    if (error instanceof XmlError) throw malformedXml()
    throw error
  }
}

/** The elements inside another. */
export const elementsIn = ({ children }: XmlElement): XmlElement[] =>
  children.filter((child) => child instanceof XmlElement)

/** Without the prefix of its namespace. */
export const localName = ({ name }: XmlElement): string => name.slice(name.indexOf(':') + 1)

/** Looks over the text once, without building anything. What is not XML is left for the parser to refuse. */
function refuseExcess(text: string, mostTags: number): void {
  let depth = 0
  let tags = 0
  let attributes = 0
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    if (++tags > mostTags) throw malformedXml()
    const end = endOfMarkup(text, at)
    if (end === undefined) return
    const kind = text[at + 1]
    if (kind === '/') depth--
    else if (kind !== '!' && kind !== '?') {
      attributes += equalSigns(text, at, end)
      if (text[end - 2] !== '/' && ++depth > deepestNesting) throw malformedXml()
      if (attributes > mostAttributes) throw malformedXml()
    }
    at = end
  }
}

/** Where a tag, comment, section or instruction ends. @throws ServiceError for a document type: no entity is ever declared. */
function endOfMarkup(text: string, at: number): number | undefined {
  if (text.startsWith('<!--', at)) return after(text, '-->', at + 4)
  if (text.startsWith('<![CDATA[', at)) return after(text, ']]>', at)
  if (text.startsWith('<!', at)) throw malformedXml()
  if (text.startsWith('<?', at)) return after(text, '?>', at)
  for (let place = at; place < text.length; place++) {
    const character = text[place]
    if (character === '>') return place + 1
    if (character !== '"' && character !== "'") continue
    place = text.indexOf(character, place + 1)
    if (place < 0) return undefined
  }
  return undefined
}

function after(text: string, mark: string, from: number): number | undefined {
  const found = text.indexOf(mark, from)
  return found < 0 ? undefined : found + mark.length
}

function equalSigns(text: string, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (text[at] === '=') count++
  return count
}
