import type { Store } from '../../../core/store.ts'
import { ruleNotFound } from '../domain/errors.ts'
import type { BusPlace } from '../domain/names.ts'
import type { Rule } from '../domain/rule.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { ruleId, rules } from '../storage/collections.ts'

export const ruleIfThere = async (
  { call }: EventBridgeContext,
  bus: BusPlace,
  name: string,
): Promise<Rule | undefined> => readRule(call.store, bus, name)

export const readRule = async (reader: Pick<Store, 'in'>, bus: BusPlace, name: string): Promise<Rule | undefined> =>
  reader.in(rules).get({ accountId: bus.accountId, region: bus.region }, ruleId(bus.name, name))

/** @throws ServiceError ResourceNotFoundException. */
export async function presentRule(reader: Pick<Store, 'in'>, bus: BusPlace, name: string): Promise<Rule> {
  const rule = await readRule(reader, bus, name)
  if (!rule) throw ruleNotFound(name, bus.name)
  return rule
}
