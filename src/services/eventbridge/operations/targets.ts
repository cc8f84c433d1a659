import type {
  ListRuleNamesByTargetRequest,
  ListRuleNamesByTargetResponse,
  ListTargetsByRuleRequest,
  ListTargetsByRuleResponse,
  PutTargetsRequest,
  PutTargetsResponse,
  RemoveTargetsRequest,
  RemoveTargetsResponse,
} from '@aws-sdk/client-eventbridge'
import type { Validated } from '../../../core/operation.ts'
import { invalid, limitExceeded } from '../domain/errors.ts'
import { mostTargets, type Target } from '../domain/rule.ts'
import { checkTarget } from '../domain/target-checks.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { rules, targetKey } from '../storage/collections.ts'
import { findBus } from './find-bus.ts'
import { presentRule } from './find-rule.ts'
import { pageOf } from './pages.ts'
import { saveRule } from './rules.ts'

/**
 * Adds targets to a rule; those with the same ids are replaced.
 * @throws ServiceError ResourceNotFoundException, ValidationException, LimitExceededException.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
 */
export async function putTargets(
  context: EventBridgeContext,
  { Rule, EventBusName, Targets }: Validated<PutTargetsRequest>,
): Promise<PutTargetsResponse> {
  const bus = await findBus(context, EventBusName)
  await presentRule(context.call.store, bus, Rule)
  const given = Targets as Target[]
  for (const target of given) checkTarget(target, bus)
  const byId = new Map(given.map((target) => [target.Id, target]))
  if (byId.size < given.length) throw invalid('Parameter Targets is not valid. Reason: Target ids must be distinct.')
  return context.call.transaction(async (tx) => {
    const rule = await presentRule(tx, bus, Rule)
    const present = rule.targets.map((target) => byId.get(target.Id) ?? target)
    const added = given.filter(({ Id }) => !rule.targets.some((target) => target.Id === Id))
    const targets = [...present, ...added]
    if (targets.length > mostTargets) throw limitExceeded()
    await saveRule(tx, context, bus, { ...rule, targets })
    return { FailedEntryCount: 0, FailedEntries: [] }
  })
}

/** Removes targets; an id that the rule does not have is a failed entry. @throws ServiceError ResourceNotFoundException. */
export async function removeTargets(
  context: EventBridgeContext,
  { Rule, EventBusName, Ids }: Validated<RemoveTargetsRequest>,
): Promise<RemoveTargetsResponse> {
  const bus = await findBus(context, EventBusName)
  return context.call.transaction(async (tx) => {
    const rule = await presentRule(tx, bus, Rule)
    const removed = new Set(Ids)
    const targets = rule.targets.filter(({ Id }) => !removed.has(Id))
    const missing = Ids.filter((id) => !rule.targets.some(({ Id }) => Id === id))
    await saveRule(tx, context, bus, { ...rule, targets })
    const FailedEntries = missing.map((TargetId) => ({
      TargetId,
      ErrorCode: 'ResourceNotFoundException',
      ErrorMessage: `Rule ${Rule} does not have a target with the Id ${TargetId}.`,
    }))
    return { FailedEntryCount: FailedEntries.length, FailedEntries }
  })
}

/** @throws ServiceError ResourceNotFoundException, ValidationException. */
export async function listTargetsByRule(
  context: EventBridgeContext,
  { Rule, EventBusName, NextToken, Limit }: Validated<ListTargetsByRuleRequest>,
): Promise<ListTargetsByRuleResponse> {
  const bus = await findBus(context, EventBusName)
  const { targets } = await presentRule(context.call.store, bus, Rule)
  const placed = targets.map((document, at) => ({ id: String(at), document }))
  const list = [bus.accountId, bus.name, Rule]
  const { rows, next } = await pageOf(context, list, NextToken, Limit, async (after, limit) =>
    placed.filter(({ id }) => after === undefined || Number(id) > Number(after)).slice(0, limit),
  )
  return { Targets: rows.map((target) => ({ ...target })), ...(next !== undefined && { NextToken: next }) }
}

/** @throws ServiceError ResourceNotFoundException, ValidationException. */
export async function listRuleNamesByTarget(
  context: EventBridgeContext,
  { TargetArn, EventBusName, NextToken, Limit }: Validated<ListRuleNamesByTargetRequest>,
): Promise<ListRuleNamesByTargetResponse> {
  const bus = await findBus(context, EventBusName)
  const scope = { accountId: bus.accountId, region: bus.region }
  const index = { name: 'target', value: targetKey(bus.name, TargetArn) }
  const list = [bus.accountId, bus.name, TargetArn]
  const { rows, next } = await pageOf(context, list, NextToken, Limit, (afterId, limit) =>
    context.call.store.in(rules).list(scope, { index, afterId, limit }),
  )
  return { RuleNames: rows.map(({ name }) => name), ...(next !== undefined && { NextToken: next }) }
}
