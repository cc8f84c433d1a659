import type { ServiceModel, ShapeModel } from '../../core/service-model.ts'

/** Of requests that SQS checks itself, in words of its own: what is missing, and names that it does not know. */
const isRequest = (name: string) => name.endsWith('Request') || name.endsWith('RequestEntry')

/** Members that no record shows. */
const bodies: Readonly<Record<string, readonly string[]>> = {
  SendMessageRequest: ['MessageBody', 'MessageAttributes', 'MessageSystemAttributes'],
  SendMessageBatchRequestEntry: ['MessageBody', 'MessageAttributes', 'MessageSystemAttributes'],
  Message: ['Body', 'Attributes', 'MessageAttributes'],
}

/**
 * SQS's model as the gateway validates and records with it: SQS words missing parameters and unknown names itself, and what
 * messages hold is secret.
 */
export function sqsModel(model: ServiceModel): ServiceModel {
  const shapes = Object.entries(model.shapes).map(([name, shape]) => [name, changed(name, shape)] as const)
  return { ...model, shapes: Object.fromEntries(shapes) }
}

function changed(name: string, { enum: _, required, ...shape }: ShapeModel): ShapeModel {
  const hidden = bodies[name] ?? []
  const members = Object.entries(shape.members ?? {}).map(([member, model]) => [
    member,
    hidden.includes(member) ? { ...model, sensitive: true } : model,
  ])
  return {
    ...shape,
    ...(shape.members && { members: Object.fromEntries(members) }),
    ...(required && !isRequest(name) && !name.endsWith('AttributeValue') && { required }),
  }
}
