import type { XmlElement } from '@rgrove/parse-xml'
import { decodeBase64 } from './base64.ts'
import { readFraction, readInteger } from './number-text.ts'
import type { BodyMembers, Members, Schema } from './schema.ts'
import { readTime } from './times.ts'
import { elementsIn, localName, malformedXml } from './xml-document.ts'

/**
 * Compiles a schema into the function that turns an element into an input: members of the schema alone, elements and
 * attributes under the names of the model, lists and maps flattened or not. Namespaces are not looked at, as AWS does not.
 * @param holds - which members of the outermost structure are in the body; default: all.
 * @throws Error when the schema has a kind of value that XML requests do not.
 */
export function compileXmlDecoder(input: Schema | undefined, holds?: BodyMembers): (root: XmlElement) => Members {
  if (!input) return () => ({})
  const read = structure(input, new Map(), holds)
  return (root) => read([root]) as Members
}

/** Reads a value from the elements that stand for it: one, or each item's where a list or map is flattened. */
type Read = (elements: readonly XmlElement[]) => unknown

type Structures = Map<unknown, Read>

function compile(schema: Schema, structures: Structures): Read {
  const { kind } = schema
  switch (kind) {
    case 'structure':
      return structure(schema, structures)
    case 'list':
      return list(schema, structures)
    case 'map':
      return map(schema, structures)
    default: {
      const read = scalarReader(schema)
      return (elements) => read(only(elements).text)
    }
  }
}

/** @throws ServiceError for what stands twice where one is: which of the two counts is nothing to guess at. */
function only(elements: readonly XmlElement[]): XmlElement {
  const [element, ...others] = elements
  if (!element || others.length > 0) throw malformedXml()
  return element
}

// Depth needs no bound here: readXmlBody has one.
function structure(schema: Schema, structures: Structures, holds?: BodyMembers): Read {
  const known = holds ? undefined : structures.get(schema.shape)
  if (known) return known
  const elements = new Map<string, { name: string; read: Read }>()
  const attributes: { name: string; attribute: string; read(text: string): unknown }[] = []
  const read: Read = (given) => {
    const element = only(given)
    const decoded: Members = {}
    for (const { name, attribute, read } of attributes) {
      const text = element.attributes[attribute]
      if (text !== undefined) decoded[name] = read(text)
    }
    for (const [key, found] of byName(element)) {
      const member = elements.get(key)
      if (member) decoded[member.name] = member.read(found)
    }
    return decoded
  }
  // Known before its members are looked at, which may be structures of its own kind.
  if (!holds) structures.set(schema.shape, read)
  for (const [name, member] of schema.members) {
    if (holds && !holds(member)) continue
    const { locationName = name, xmlAttribute } = member.traits
    if (xmlAttribute) attributes.push({ name, attribute: locationName, read: scalarReader(member) })
    else elements.set(locationName, { name, read: compile(member, structures) })
  }
  return read
}

function byName(element: XmlElement): Map<string, XmlElement[]> {
  const found = new Map<string, XmlElement[]>()
  for (const child of elementsIn(element)) {
    const name = localName(child)
    const known = found.get(name)
    if (known) known.push(child)
    else found.set(name, [child])
  }
  return found
}

/** The elements of a list's items or a map's entries. */
const partsOf = (schema: Schema, elements: readonly XmlElement[], name: string): readonly XmlElement[] =>
  schema.traits.flattened ? elements : elementsIn(only(elements)).filter((child) => localName(child) === name)

function list(schema: Schema, structures: Structures): Read {
  const read = compile(schema.value, structures)
  const name = schema.value.traits.locationName ?? 'member'
  return (elements) => partsOf(schema, elements, name).map((item) => read([item]))
}

function map(schema: Schema, structures: Structures): Read {
  const readKey = compile(schema.key, structures)
  const readValue = compile(schema.value, structures)
  const keyName = schema.key.traits.locationName ?? 'key'
  const valueName = schema.value.traits.locationName ?? 'value'
  return (elements) => {
    // The keys are the caller's words, `__proto__` among them.
    const decoded: Members = Object.create(null)
    for (const entry of partsOf(schema, elements, 'entry')) {
      const parts = byName(entry)
      const value = parts.get(valueName)
      decoded[String(readKey(parts.get(keyName) ?? []))] = value ? readValue(value) : null
    }
    return decoded
  }
}

function scalarReader(schema: Schema): (text: string) => unknown {
  const { kind, traits } = schema
  switch (kind) {
    case 'string':
      return (text) => text
    case 'integer':
      return (text) => numberOf(text, readInteger)
    case 'fraction':
      return (text) => numberOf(text, readFraction)
    case 'boolean':
      return (text) => {
        const word = text.trim()
        if (word !== 'true' && word !== 'false') throw malformedXml()
        return word === 'true'
      }
    case 'blob':
      return (text) => decodeBase64(text.trim(), malformedXml)
    case 'timestamp':
      return (text) => {
        const date = readTime(text.trim(), traits.timestampFormat ?? 'iso8601')
        if (Number.isNaN(date.getTime())) throw malformedXml()
        return date
      }
    default:
      throw new Error(`no protocol reads a ${kind} from text`)
  }
}

function numberOf(text: string, read: (text: string) => number | undefined): number {
  const number = read(text.trim())
  if (number === undefined) throw malformedXml()
  return number
}
