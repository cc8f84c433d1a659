import type { MemberModel, ServiceModel, ShapeModel } from '../../core/services/service-model.ts'

/** Of requests that SQS checks itself, in words of its own: what is missing, and names that it does not know. */
const isRequest = (name: string) => name.endsWith('Request') || name.endsWith('RequestEntry')

/** Members that no record shows. */
const bodies: Readonly<Record<string, readonly string[]>> = {
  SendMessageRequest: ['MessageBody', 'MessageAttributes', 'MessageSystemAttributes'],
  SendMessageBatchRequestEntry: ['MessageBody', 'MessageAttributes', 'MessageSystemAttributes'],
  Message: ['Body', 'Attributes', 'MessageAttributes'],
}

/** What members are called in the query protocol. The public model is the JSON protocol's and has lost these names. */
const queryNames: Readonly<Record<string, string>> = {
  AWSAccountIds: 'AWSAccountId',
  Actions: 'ActionName',
  Attributes: 'Attribute',
  AttributeNames: 'AttributeName',
  BinaryListValues: 'BinaryListValue',
  MessageAttributeNames: 'MessageAttributeName',
  MessageAttributes: 'MessageAttribute',
  MessageSystemAttributeNames: 'MessageSystemAttributeName',
  MessageSystemAttributes: 'MessageSystemAttribute',
  Messages: 'Message',
  QueueUrls: 'QueueUrl',
  StringListValues: 'StringListValue',
  TagKeys: 'TagKey',
  Tags: 'Tag',
  queueUrls: 'QueueUrl',
  tags: 'Tag',
}

/** Lists that are called what their items are: `SendMessageBatchRequestEntry.1.Id`. */
const calledAsItems: ReadonlySet<string> = new Set(['Entries', 'Successful', 'Failed', 'Results'])

/** What maps call their keys and values in the query protocol. */
const mapNames = (name: string) => (name === 'TagMap' ? ['Key', 'Value'] : ['Name', 'Value'])

/**
 * SQS's model as the gateway reads, validates and records with it: the names of the query protocol are there; SQS words missing
 * parameters and unknown names itself; and what messages hold is secret.
 */
export function sqsModel(model: ServiceModel): ServiceModel {
  const shapes = Object.entries(model.shapes).map(([name, shape]) => [name, changed(model, name, shape)] as const)
  return { ...model, shapes: Object.fromEntries(shapes) }
}

function changed(model: ServiceModel, name: string, { enum: _, required, ...shape }: ShapeModel): ShapeModel {
  const members = Object.entries(shape.members ?? {}).map(([member, use]) => [
    member,
    {
      ...use,
      ...queryName(model, member, use),
      ...(bodies[name]?.includes(member) && { sensitive: true }),
    },
  ])
  const [keyName, valueName] = mapNames(name)
  return {
    ...shape,
    ...(shape.members && { members: Object.fromEntries(members) }),
    ...(shape.key && { key: { ...shape.key, locationName: keyName } }),
    ...(shape.value && { value: { ...shape.value, locationName: valueName } }),
    ...(required && !isRequest(name) && !name.endsWith('AttributeValue') && { required }),
  }
}

function queryName(model: ServiceModel, member: string, { shape }: MemberModel): { locationName?: string } {
  const items = calledAsItems.has(member) ? model.shapes[shape]?.member?.shape : undefined
  const locationName = items ?? queryNames[member]
  return locationName === undefined ? {} : { locationName }
}
