import type { Awaitable } from '../../../core/awaitable.ts'
import type { Store, Transaction } from '../../../core/store.ts'
import { type Bus, untouchedBus } from '../domain/bus.ts'
import { busNotFound } from '../domain/errors.ts'
import { type BusPlace, busPlaceOf, defaultBusName } from '../domain/names.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { buses } from '../storage/collections.ts'

/** The bus that a request names, looked up once for each call; undefined for one that does not exist. */
export const busIfAt = (context: EventBridgeContext, given: string | undefined): Awaitable<Bus | undefined> => {
  const { call, found } = context
  const place = busPlaceOf(given, call)
  return found.find(`${place.accountId}/${place.region}/${place.name}`, () => readBus(call.store, place))
}

/** @throws ServiceError ResourceNotFoundException. */
export async function findBus(context: EventBridgeContext, given: string | undefined): Promise<Bus> {
  const bus = await busIfAt(context, given)
  if (!bus) throw busNotFound(busPlaceOf(given, context.call).name)
  return bus
}

export async function readBus(reader: Pick<Store, 'in'>, place: BusPlace): Promise<Bus | undefined> {
  const { accountId, region, name } = place
  const bus = await reader.in(buses).get({ accountId, region }, name)
  return bus ?? (name === defaultBusName ? untouchedBus(place) : undefined)
}

/** The bus as it is in a transaction. @throws ServiceError ResourceNotFoundException - it was deleted meanwhile. */
export async function presentBus(tx: Transaction, place: BusPlace): Promise<Bus> {
  const bus = await readBus(tx, place)
  if (!bus) throw busNotFound(place.name)
  return bus
}

/** Changes a bus in the call's transaction. @throws ServiceError ResourceNotFoundException; what `change` throws. */
export async function changeBus(
  { call }: EventBridgeContext,
  place: BusPlace,
  change: (present: Bus) => Bus,
): Promise<undefined> {
  const { accountId, region, name } = place
  return call.transaction(async (tx) => {
    const nowMs = call.clock.nowMs()
    const changed = change(await presentBus(tx, place))
    await tx.in(buses).put({ accountId, region }, name, { createdAtMs: nowMs, ...changed, modifiedAtMs: nowMs })
    return undefined
  })
}
