import { createHash } from 'node:crypto'
import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import {
  attributeBytes,
  baseTypeOf,
  isAttributeName,
  isBinary,
  isNumberText,
  isXmlText,
  type StoredAttribute,
} from '../../../kit/message-attributes.ts'
import { invalidCharacters, invalidParameter } from './errors.ts'

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
  const kind = baseTypeOf(DataType)
  if (!kind) {
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
  if (kind === 'Number' && !isNumberText(StringValue)) {
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`)
  }
  return { name, dataType: DataType, value: StringValue }
}

const emptyValue = (name: string, type: string) =>
  invalidParameter(
    `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
  )

function checkName(name: string): void {
  if (isAttributeName(name)) return
  throw invalidParameter(`The message attribute name '${name.slice(0, 256)}' is invalid.`)
}

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
    hash.update(withLength(attributeBytes(attribute)))
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
