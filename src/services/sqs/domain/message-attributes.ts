import { createHash } from 'node:crypto'
import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { invalidCharacters, invalidParameter } from './errors.ts'
import type { StoredAttribute } from './message.ts'

export type GivenAttributes = Readonly<Record<string, MessageAttributeValue>>

const mostAttributes = 10

/**
 * Checks message attributes.
 * @throws ServiceError InvalidParameterValue, InvalidMessageContents.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function readAttributes(given: GivenAttributes = {}): StoredAttribute[] {
  const attributes = Object.entries(given).map(([name, value]) => readAttribute(name, value))
  if (attributes.length > mostAttributes) {
    throw invalidParameter(`Number of message attributes [${attributes.length}] exceeds the allowed maximum [10].`)
  }
  return attributes
}

function readAttribute(name: string, given: MessageAttributeValue): StoredAttribute {
  checkName(name)
  const { DataType, StringValue, BinaryValue } = given ?? {}
  if (!DataType)
    throw invalidParameter(`The message attribute '${name}' must contain non-empty message attribute type.`)
  const [kind = ''] = DataType.split('.')
  if (!/^(String|Number|Binary)(\.[\w.-]+)?$/.test(DataType) || DataType.length > 256) {
    throw invalidParameter(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    )
  }
  if (kind === 'Binary') {
    if (!BinaryValue || BinaryValue.length === 0) throw emptyValue(name, DataType)
    return { name, dataType: DataType, value: Buffer.from(BinaryValue).toString('base64') }
  }
  if (!StringValue) throw emptyValue(name, DataType)
  if (!isXmlText(StringValue)) throw invalidCharacters()
  if (kind === 'Number' && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(StringValue)) {
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`)
  }
  return { name, dataType: DataType, value: StringValue }
}

const emptyValue = (name: string, type: string) =>
  invalidParameter(
    `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
  )

function checkName(name: string): void {
  const isName = /^[\w-]+(\.[\w-]+)*$/.test(name) && name.length <= 256 && !/^(aws|amazon)\./i.test(name)
  if (isName) return
  throw invalidParameter(`The message attribute name '${name.slice(0, 256)}' is invalid.`)
}

/** The characters that a message may have. */
export const isXmlText = (text: string): boolean => text.isWellFormed() && !notInXml.test(text)

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const notInXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

const isBinary = ({ dataType }: StoredAttribute) => dataType.startsWith('Binary')

const bytesOf = (attribute: StoredAttribute): Buffer =>
  Buffer.from(attribute.value, isBinary(attribute) ? 'base64' : 'utf8')

/** Returns what attributes add to the size of a message: their names, types and values. */
export const sizeOf = (attributes: readonly StoredAttribute[]): number =>
  attributes.reduce(
    (sum, attribute) =>
      sum + Buffer.byteLength(attribute.name) + Buffer.byteLength(attribute.dataType) + bytesOf(attribute).length,
    0,
  )

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/**
 * The digest that SDKs compare.
 * @returns undefined where there are no attributes.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-attributes-md5-message-digest-calculation.html
 */
export function md5OfAttributes(attributes: readonly StoredAttribute[]): string | undefined {
  if (attributes.length === 0) return undefined
  const hash = createHash('md5')
  const sorted = attributes.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  for (const attribute of sorted) {
    hash.update(withLength(Buffer.from(attribute.name)))
    hash.update(withLength(Buffer.from(attribute.dataType)))
    hash.update(Buffer.of(isBinary(attribute) ? 2 : 1))
    hash.update(withLength(bytesOf(attribute)))
  }
  return hash.digest('hex')
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The attributes that a receiver asks for: names, `prefix.*`, `All` or `.*`. */
export function chosenAttributes(
  attributes: readonly StoredAttribute[],
  asked: readonly string[] = [],
): StoredAttribute[] {
  const all = asked.some((name) => name === 'All' || name === '.*')
  const prefixes = asked.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -1))
  return attributes.filter(
    ({ name }) => all || asked.includes(name) || prefixes.some((prefix) => name.startsWith(prefix)),
  )
}

/** Returns attributes as answers have them. */
export const shownAttributes = (attributes: readonly StoredAttribute[]): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    attributes.map((attribute) => [
      attribute.name,
      {
        DataType: attribute.dataType,
        ...(isBinary(attribute) ? { BinaryValue: bytesOf(attribute) } : { StringValue: attribute.value }),
      },
    ]),
  )
