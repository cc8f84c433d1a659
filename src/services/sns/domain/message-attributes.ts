import type { MessageAttributeValue } from '@aws-sdk/client-sns'
import {
  baseTypeOf,
  isAttributeName,
  isNumberText,
  isXmlText,
  type StoredAttribute,
} from '../../../kit/message-attributes.ts'
import { invalidAttributeValue } from './errors.ts'

/**
 * Checks message attributes.
 * @throws ServiceError ParameterValueInvalid.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
 */
export const readMessageAttributes = (given: Readonly<Record<string, MessageAttributeValue>> = {}): StoredAttribute[] =>
  Object.entries(given).map(([name, value]) => readAttribute(name, value ?? {}))

function readAttribute(name: string, given: Partial<MessageAttributeValue>): StoredAttribute {
  if (!isAttributeName(name)) {
    throw invalidAttributeValue(
      `Invalid parameter value: The message attribute name '${name.slice(0, 256)}' is invalid.`,
    ) // (U)
  }
  const { DataType, StringValue, BinaryValue } = given
  if (!DataType) {
    throw invalidAttributeValue(`The message attribute '${name}' must contain non-empty message attribute type.`)
  }
  const kind = baseTypeOf(DataType)
  if (!kind) {
    throw invalidAttributeValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    )
  }
  if (kind === 'Binary') {
    if (!BinaryValue || BinaryValue.length === 0) throw emptyValue(name, DataType)
    return { name, dataType: DataType, value: Buffer.from(BinaryValue).toString('base64') }
  }
  if (!StringValue) throw emptyValue(name, DataType)
  if (!isXmlText(StringValue)) {
    throw invalidAttributeValue(`The message attribute '${name}' has a value with invalid characters.`) // (U)
  }
  if (kind === 'Number' && !isNumberText(StringValue)) {
    throw invalidAttributeValue(`Could not cast message attribute '${name}' value to number.`)
  }
  if (DataType === 'String.Array' && !isArrayText(StringValue)) {
    throw invalidAttributeValue(`The message attribute '${name}' of type String.Array must contain a JSON array.`) // (U)
  }
  return { name, dataType: DataType, value: StringValue }
}

function isArrayText(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}

const emptyValue = (name: string, type: string) =>
  invalidAttributeValue(
    `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
  )
