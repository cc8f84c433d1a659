import { parseArn } from '../../../core/arn.ts'
import type { Permission, RequestContext } from '../../../core/operation.ts'
import { createdTagKeys, removedTagKeys, requestTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { GivenTag } from '../../../kit/tags.ts'
import type { Bus } from '../domain/bus.ts'
import { busPolicies } from '../domain/bus-policies.ts'
import { invalidParameter } from '../domain/errors.ts'
import { busArn, busPlaceOf, eventsPrincipal, resourceOfArn, ruleArn } from '../domain/names.ts'
import type { Rule } from '../domain/rule.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { busIfAt, findBus } from './find-bus.ts'
import { ruleIfThere } from './find-rule.ts'

// What each operation asks for, as the Service Authorization Reference, "Amazon EventBridge", lists it.

/** Asks for what operations need that no resource belongs to. */
export const onAccount = ({ call }: EventBridgeContext): Permission[] => [
  { action: `events:${call.operation}`, resource: '*' },
]

/** Asks for what an operation needs on a resource of the caller's account, by its kind and name. */
export const onOwn =
  <I>(kind: string, nameOf: (input: I) => string | undefined, more: (input: I) => RequestContext = () => ({})) =>
  ({ call }: EventBridgeContext, input: I): Permission[] => [
    {
      action: `events:${call.operation}`,
      resource: `arn:aws:events:${call.region}:${call.accountId}:${kind}/${nameOf(input)}`,
      context: more(input),
    },
  ]

async function permissionOn(
  { call, identity }: EventBridgeContext,
  resource: string,
  bus: Pick<Bus, 'accountId' | 'policy'>,
  context: RequestContext,
): Promise<Permission> {
  return {
    action: `events:${call.operation}`,
    resource,
    resourceAccountId: bus.accountId,
    ...(bus.policy && { policy: await busPolicies.inForce(identity, bus.policy) }),
    context,
  }
}

/** Asks for what an operation on a bus needs. @param nameOf - the name or ARN that the request gives. */
export const onBus =
  <I>(nameOf: (input: I) => string | undefined, more: (input: I) => RequestContext = () => ({})) =>
  async (context: EventBridgeContext, input: I): Promise<Permission[]> => {
    const given = nameOf(input)
    const bus = (await busIfAt(context, given)) ?? { ...busPlaceOf(given, context.call), tags: [] }
    const keys = { ...resourceTagKeys(bus.tags), ...more(input) }
    return [await permissionOn(context, busArn(bus), bus, keys)]
  }

interface RuleInput {
  Name?: string | undefined
  Rule?: string | undefined
  EventBusName?: string | undefined
}

/** Asks for what an operation on a rule needs. */
export const onRule =
  <I extends RuleInput>(more: (input: I, rule: Rule | undefined) => RequestContext = () => ({})) =>
  async (context: EventBridgeContext, input: I): Promise<Permission[]> => {
    const { Name, Rule = Name ?? '', EventBusName } = input
    const bus = await findBus(context, EventBusName)
    const rule = await ruleIfThere(context, bus, Rule)
    const keys = {
      ...resourceTagKeys(rule?.tags ?? []),
      'events:creatorAccount': rule?.createdBy ?? context.call.accountId,
      ...more(input, rule),
    }
    return [await permissionOn(context, ruleArn(bus, Rule), bus, keys)]
  }

/** Asks for the permission to pass the roles of rules and targets. */
export function passRoles({ call }: EventBridgeContext, roleArns: readonly (string | undefined)[]): Permission[] {
  const given = [...new Set(roleArns.filter((arn) => arn !== undefined))]
  return given.map((resource) => ({
    action: 'iam:PassRole',
    resource,
    resourceAccountId: parseArn(resource)?.accountId ?? call.accountId,
    context: { 'iam:PassedToService': eventsPrincipal },
  }))
}

/** Asks for what an operation on the tags of an ARN needs. */
export const onTagged =
  <I>(more: (input: I) => RequestContext = () => ({})) =>
  async (context: EventBridgeContext, input: I & { ResourceARN?: string | undefined }): Promise<Permission[]> => {
    const { ResourceARN = '' } = input
    const named = resourceOfArn(ResourceARN)
    if (!named) throw invalidParameter('ResourceARN')
    if (named.kind === 'event-bus') return onBus<I>(() => ResourceARN, more)(context, input)
    const EventBusName = busArn({ ...named, name: named.busName })
    return onRule(() => more(input))(context, { Rule: named.name, EventBusName })
  }

export const newTags = ({ Tags = [] }: { Tags?: readonly GivenTag[] | undefined }) => createdTagKeys(Tags)
export const givenTags = ({ Tags = [] }: { Tags?: readonly GivenTag[] | undefined }) => requestTagKeys(Tags)
export const takenTags = ({ TagKeys = [] }: { TagKeys?: readonly string[] | undefined }) => removedTagKeys(TagKeys)
