import type {
  DeleteRuleRequest,
  DescribeRuleRequest,
  DescribeRuleResponse,
  DisableRuleRequest,
  EnableRuleRequest,
  ListRulesRequest,
  ListRulesResponse,
  PutRuleRequest,
  PutRuleResponse,
} from '@aws-sdk/client-eventbridge'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import {
  limitExceeded,
  patternOrScheduleNeeded,
  ruleHasTargets,
  scheduleOnDefaultBusOnly,
  stateNeedsPattern,
} from '../domain/errors.ts'
import { type BusPlace, defaultBusName, ruleArn } from '../domain/names.ts'
import { checkPattern } from '../domain/patterns.ts'
import type { Rule, RuleState } from '../domain/rule.ts'
import { checkRuleSchedule } from '../domain/rule-schedule.ts'
import { eventTags } from '../domain/tags.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { countWanting, wantsApiCalls } from '../routing/api-calls.ts'
import { rulesChanged } from '../routing/bus-rules.ts'
import { ruleCounts, ruleId, rules } from '../storage/collections.ts'
import { findBus, presentBus } from './find-bus.ts'
import { presentRule, readRule } from './find-rule.ts'
import { pageOf } from './pages.ts'
import { scheduleRule } from './rule-schedules.ts'

/**
 * Makes a rule, or replaces all of it but its targets and tags.
 * @throws ServiceError InvalidEventPatternException, LimitExceededException, ResourceNotFoundException, ValidationException.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 */
export async function putRule(
  context: EventBridgeContext,
  {
    Name: name,
    EventPattern = '',
    ScheduleExpression = '',
    State = 'ENABLED',
    Description,
    RoleArn,
    Tags = [],
    EventBusName,
  }: Validated<PutRuleRequest>,
): Promise<PutRuleResponse> {
  const { call } = context
  const bus = await findBus(context, EventBusName)
  if (EventPattern === '' && ScheduleExpression === '') throw patternOrScheduleNeeded()
  if (EventPattern !== '') checkPattern(EventPattern)
  if (ScheduleExpression !== '') {
    if (bus.name !== defaultBusName) throw scheduleOnDefaultBusOnly()
    if (State === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS') throw stateNeedsPattern()
    checkRuleSchedule(ScheduleExpression)
  }
  const tags = eventTags.check(Tags)
  const arn = ruleArn(bus, name)
  await context.apiCalls.prepare({
    busName: bus.name,
    state: State,
    ...(EventPattern !== '' && { pattern: EventPattern }),
  })
  return call.transaction(async (tx) => {
    await presentBus(tx, bus)
    const existing = await readRule(tx, bus, name)
    if (!existing) await countRule(tx, context, bus, 1)
    const isSameSchedule = existing?.schedule === ScheduleExpression && existing.state !== 'DISABLED'
    const rule: Rule = {
      ...{ name, busName: bus.name, arn, state: State as RuleState },
      ...(EventPattern !== '' && { pattern: EventPattern }),
      ...(ScheduleExpression !== '' && { schedule: ScheduleExpression }),
      ...(Description !== undefined && { description: Description }),
      ...(RoleArn !== undefined && { roleArn: RoleArn }),
      // Tags of a rule that is there already are changed by TagResource alone.
      tags: existing?.tags ?? tags,
      targets: existing?.targets ?? [],
      createdBy: existing?.createdBy ?? call.accountId,
      startMs: isSameSchedule ? existing.startMs : call.clock.nowMs(),
    }
    await saveRule(tx, context, bus, rule)
    return { RuleArn: arn }
  })
}

export async function countRule(
  tx: Transaction,
  { mostRules }: Pick<EventBridgeContext, 'mostRules'>,
  { accountId, region, name }: BusPlace,
  by: 1 | -1,
): Promise<void> {
  const scope = { accountId, region }
  const present = (await tx.in(ruleCounts).get(scope, name))?.rules ?? 0
  if (by > 0 && present >= mostRules) throw limitExceeded()
  await tx.in(ruleCounts).put(scope, name, { rules: present + by })
}

/** Writes a rule, with what its events are compared with, and its schedule. */
export async function saveRule(
  tx: Transaction,
  { call }: EventBridgeContext,
  bus: BusPlace,
  rule: Rule,
): Promise<void> {
  const before = await readRule(tx, bus, rule.name)
  await countWanting(tx, before !== undefined && wantsApiCalls(before), wantsApiCalls(rule))
  await tx.in(rules).put({ accountId: bus.accountId, region: bus.region }, ruleId(bus.name, rule.name), rule)
  await rulesChanged(tx, bus)
  await scheduleRule(tx, bus, rule, call.clock.nowMs())
}

/**
 * Deletes a rule; one that does not exist is deleted already.
 * @throws ServiceError ValidationException - it has targets.
 */
export async function deleteRule(
  context: EventBridgeContext,
  { Name, EventBusName }: Validated<DeleteRuleRequest>,
): Promise<undefined> {
  const bus = await findBus(context, EventBusName)
  return context.call.transaction(async (tx) => {
    const rule = await readRule(tx, bus, Name)
    if (!rule) return undefined
    if (rule.targets.length > 0) throw ruleHasTargets()
    await tx.in(rules).delete({ accountId: bus.accountId, region: bus.region }, ruleId(bus.name, Name))
    await countRule(tx, context, bus, -1)
    await countWanting(tx, wantsApiCalls(rule), false)
    await rulesChanged(tx, bus)
    await scheduleRule(tx, bus, { ...rule, state: 'DISABLED' }, 0)
    return undefined
  })
}

const setState = (state: RuleState) =>
  async function changeState(
    context: EventBridgeContext,
    { Name, EventBusName }: Validated<EnableRuleRequest | DisableRuleRequest>,
  ): Promise<undefined> {
    const bus = await findBus(context, EventBusName)
    await context.apiCalls.prepare({ ...(await presentRule(context.call.store, bus, Name)), state })
    return context.call.transaction(async (tx) => {
      const rule = await presentRule(tx, bus, Name)
      // A rule that is enabled keeps the kind of events that it wants.
      const isSame = (rule.state === 'DISABLED') === (state === 'DISABLED')
      const startMs = isSame ? rule.startMs : context.call.clock.nowMs()
      await saveRule(tx, context, bus, { ...rule, startMs, state: isSame ? rule.state : state })
      return undefined
    })
  }

/** @throws ServiceError ResourceNotFoundException. */
export const enableRule = setState('ENABLED')
/** @throws ServiceError ResourceNotFoundException. */
export const disableRule = setState('DISABLED')

/** @throws ServiceError ResourceNotFoundException. */
export async function describeRule(
  context: EventBridgeContext,
  { Name, EventBusName }: Validated<DescribeRuleRequest>,
): Promise<DescribeRuleResponse> {
  const bus = await findBus(context, EventBusName)
  const rule = await presentRule(context.call.store, bus, Name)
  return { ...shownRule(rule), CreatedBy: rule.createdBy }
}

/** @throws ServiceError ResourceNotFoundException, ValidationException. */
export async function listRules(
  context: EventBridgeContext,
  { NamePrefix = '', EventBusName, NextToken, Limit }: Validated<ListRulesRequest>,
): Promise<ListRulesResponse> {
  const bus = await findBus(context, EventBusName)
  const scope = { accountId: bus.accountId, region: bus.region }
  const list = [bus.accountId, bus.name, NamePrefix]
  const { rows, next } = await pageOf(context, list, NextToken, Limit, (afterId, limit) =>
    context.call.store.in(rules).list(scope, { idPrefix: ruleId(bus.name, NamePrefix), afterId, limit }),
  )
  return { Rules: rows.map(shownRule), ...(next !== undefined && { NextToken: next }) }
}

const shownRule = ({ name, arn, pattern, schedule, state, description, roleArn, busName }: Rule) => ({
  ...{ Name: name, Arn: arn, State: state, EventBusName: busName },
  ...(pattern !== undefined && { EventPattern: pattern }),
  ...(schedule !== undefined && { ScheduleExpression: schedule }),
  ...(description !== undefined && { Description: description }),
  ...(roleArn !== undefined && { RoleArn: roleArn }),
})
