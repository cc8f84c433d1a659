/** A message attribute as it is kept with its message. */
export interface StoredAttribute {
  name: string
  dataType: string
  /** Base64 for binary types. */
  value: string
}

/**
 * Returns whether a text is the name of a message attribute.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export const isAttributeName = (name: string): boolean =>
  /^[\w-]+(\.[\w-]+)*$/.test(name) && name.length <= 256 && !/^(aws|amazon)\./i.test(name)

/** Returns the base type of a data type: `Number` of `Number.int`; undefined where it is not one. */
export function baseTypeOf(dataType: string): 'String' | 'Number' | 'Binary' | undefined {
  if (!/^(String|Number|Binary)(\.[\w.-]+)?$/.test(dataType) || dataType.length > 256) return undefined
  return dataType.split('.')[0] as 'String' | 'Number' | 'Binary'
}

export const isNumberText = (text: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)

/** Returns whether a text has only characters that a message may have. */
export const isXmlText = (text: string): boolean => text.isWellFormed() && !notInXml.test(text)

/** Returns a text with another character in place of each that a message may not have. */
export const xmlText = (text: string): string => text.toWellFormed().replaceAll(new RegExp(notInXml, 'g'), '\ufffd')

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const notInXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

export const isBinary = ({ dataType }: Pick<StoredAttribute, 'dataType'>): boolean => dataType.startsWith('Binary')

export const attributeBytes = (attribute: StoredAttribute): Buffer =>
  Buffer.from(attribute.value, isBinary(attribute) ? 'base64' : 'utf8')

/** Returns what attributes add to the size of a message: their names, types and values. */
export const sizeOfAttributes = (attributes: readonly StoredAttribute[]): number =>
  attributes.reduce(
    (sum, attribute) =>
      sum +
      Buffer.byteLength(attribute.name) +
      Buffer.byteLength(attribute.dataType) +
      attributeBytes(attribute).length,
    0,
  )

/** Attributes in the form of requests and answers. */
export const shownAttributes = (
  attributes: readonly StoredAttribute[],
): Record<string, { DataType: string; StringValue?: string; BinaryValue?: Uint8Array }> =>
  Object.fromEntries(
    attributes.map((attribute) => [
      attribute.name,
      {
        DataType: attribute.dataType,
        ...(isBinary(attribute) ? { BinaryValue: attributeBytes(attribute) } : { StringValue: attribute.value }),
      },
    ]),
  )
