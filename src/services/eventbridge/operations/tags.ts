import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-eventbridge'
import type { Validated } from '../../../core/operation.ts'
import type { Tag } from '../../../kit/tags.ts'
import { invalidParameter } from '../domain/errors.ts'
import { busArn, resourceOfArn } from '../domain/names.ts'
import { eventTags } from '../domain/tags.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { ruleId, rules } from '../storage/collections.ts'
import { changeBus, findBus } from './find-bus.ts'
import { presentRule } from './find-rule.ts'

/** The bus that an ARN names or that the named rule is on, and the name of the rule. @throws ServiceError */
async function taggedOf(context: EventBridgeContext, arn: string) {
  const named = resourceOfArn(arn)
  if (!named) throw invalidParameter('ResourceARN')
  if (named.kind === 'event-bus') return { bus: await findBus(context, arn), ruleName: undefined }
  if (named.kind !== 'rule') throw invalidParameter('ResourceARN')
  return { bus: await findBus(context, busArn({ ...named, name: named.busName })), ruleName: named.name }
}

async function changeTags(
  context: EventBridgeContext,
  arn: string,
  change: (tags: readonly Tag[]) => readonly Tag[],
): Promise<undefined> {
  const { bus, ruleName } = await taggedOf(context, arn)
  if (ruleName === undefined) return changeBus(context, bus, (present) => ({ ...present, tags: change(present.tags) }))
  return context.call.transaction(async (tx) => {
    const rule = await presentRule(tx, bus, ruleName)
    const scope = { accountId: bus.accountId, region: bus.region }
    await tx.in(rules).put(scope, ruleId(bus.name, ruleName), { ...rule, tags: change(rule.tags) })
    return undefined
  })
}

/** @throws ServiceError ResourceNotFoundException, ValidationException, LimitExceededException. */
export const tagResource = (
  context: EventBridgeContext,
  { ResourceARN, Tags }: Validated<TagResourceRequest>,
): Promise<undefined> => changeTags(context, ResourceARN, (present) => eventTags.merge(present, Tags))

/** @throws ServiceError ResourceNotFoundException, ValidationException. */
export const untagResource = (
  context: EventBridgeContext,
  { ResourceARN, TagKeys }: Validated<UntagResourceRequest>,
): Promise<undefined> => changeTags(context, ResourceARN, (present) => eventTags.remove(present, TagKeys))

/** @throws ServiceError ResourceNotFoundException, ValidationException. */
export async function listTagsForResource(
  context: EventBridgeContext,
  { ResourceARN }: Validated<ListTagsForResourceRequest>,
): Promise<ListTagsForResourceResponse> {
  const { bus, ruleName } = await taggedOf(context, ResourceARN)
  const { tags } = ruleName === undefined ? bus : await presentRule(context.call.store, bus, ruleName)
  return { Tags: tags.map((tag) => ({ ...tag })) }
}
