import type { ServiceModel, ShapeModel } from '../../core/services/service-model.ts'

/** Members that hold what messages say, or what confirms a subscription. */
const secret: Readonly<Record<string, readonly string[]>> = {
  PublishInput: ['Message', 'Subject', 'MessageAttributes'],
  PublishBatchRequestEntry: ['Message', 'Subject', 'MessageAttributes'],
  ConfirmSubscriptionInput: ['Token'],
}

/** SNS's model as the gateway reads, validates and records with it: what messages hold is secret. */
export function snsModel(model: ServiceModel): ServiceModel {
  const shapes = Object.entries(model.shapes).map(([name, shape]) => [name, changed(name, shape)] as const)
  return { ...model, shapes: Object.fromEntries(shapes) }
}

function changed(name: string, shape: ShapeModel): ShapeModel {
  const hidden = secret[name]
  if (!hidden) return shape
  const members = Object.entries(shape.members ?? {}).map(([member, use]) => [
    member,
    hidden.includes(member) ? { ...use, sensitive: true } : use,
  ])
  return { ...shape, members: Object.fromEntries(members) }
}
