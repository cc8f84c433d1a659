import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Filter } from '@aws-sdk/client-secrets-manager'
import type { Place, Scope } from '../../../core/store.ts'
import type { ListSource, Placed } from '../../../kit/bounded-list.ts'
import type { Secret } from '../domain/secret.ts'
import { type IndexedPrefixes, indexedPrefixesOf } from '../domain/secret-filters.ts'
import { type Reader, secretOrders, secrets } from './collections.ts'

export interface SecretOrder {
  /** Absent: by name. */
  by: keyof typeof secretOrders | undefined
  descending: boolean
}

/** Of so many secrets the places are read and sorted for each page, before any secret is. */
const fewSecrets = 500

/**
 * Lists the secrets of a scope in an order, narrowed to those that the filters can fit as far as indexes show. A list then
 * costs what the filters leave of many secrets.
 */
export function secretSource(
  reader: Reader,
  scope: Scope,
  order: SecretOrder,
  filters: readonly Filter[] | undefined,
): ListSource<Secret, Place> {
  const indexedPrefixes = indexedPrefixesOf(filters)
  const named = indexedPrefixes.find(({ of, prefixes }) => of === 'name' && prefixes.length === 1)
  if (named && order.by === undefined) return inOrder(reader, scope, order, named.prefixes[0])
  const all = inOrder(reader, scope, order)
  if (indexedPrefixes.length === 0) return all
  let [isFirst, narrowed]: [boolean, ListSource<Secret, Place> | undefined] = [true, undefined]
  return {
    async read(after, limit) {
      // What nearly all secrets fit fills a page at once, and needs no index.
      if (!isFirst) narrowed ??= (await fewOf(reader, scope, order, indexedPrefixes)) ?? all
      isFirst = false
      return (narrowed ?? all).read(after, limit)
    },
  }
}

/** @returns undefined when every filter leaves many. */
async function fewOf(
  reader: Reader,
  scope: Scope,
  order: SecretOrder,
  indexedPrefixes: readonly IndexedPrefixes[],
): Promise<ListSource<Secret, Place> | undefined> {
  for (const each of indexedPrefixes) {
    const places = await placesOfFew(reader, scope, order, each)
    if (places) return atPlaces(reader, scope, order, places)
    await nextTurn()
  }
  return undefined
}

const inOrder = (
  reader: Reader,
  scope: Scope,
  { by, descending }: SecretOrder,
  idPrefix?: string,
): ListSource<Secret, Place> => ({
  async read(after, limit) {
    const rows = await reader.in(secrets).listOrdered(scope, { index: by, descending, after, idPrefix, limit })
    return rows.map(({ id, document }) => ({
      place: { value: by ? secretOrders[by](document) : '', id },
      row: document,
    }))
  },
})

/** @returns undefined when there are many. */
async function placesOfFew(
  reader: Reader,
  scope: Scope,
  { by }: SecretOrder,
  { of, prefixes }: IndexedPrefixes,
): Promise<Place[] | undefined> {
  const index = of === 'name' ? undefined : of
  const found: Place[] = []
  for (const prefix of prefixes) {
    const limit = fewSecrets + 1 - found.length
    found.push(...(await reader.in(secrets).listPlaces(scope, { index, prefix, limit })))
    if (found.length > fewSecrets) return undefined
  }
  // What they are in another order costs several times what it costs to count them.
  const options = prefixes.map((prefix) => ({ index, prefix, order: by, limit: fewSecrets }))
  const places = by ? await Promise.all(options.map((each) => reader.in(secrets).listPlaces(scope, each))) : [found]
  return [...new Map(places.flat().map((place) => [place.id, place])).values()]
}

function atPlaces(
  reader: Reader,
  scope: Scope,
  { descending }: SecretOrder,
  places: readonly Place[],
): ListSource<Secret, Place> {
  const compare = descending ? (a: Place, b: Place) => comparePlaces(b, a) : comparePlaces
  const sorted = places.toSorted(compare)
  return {
    async read(after, limit) {
      const first = after ? sorted.findIndex((place) => compare(place, after) > 0) : 0
      const rows: Placed<Secret, Place>[] = []
      for (let next = first < 0 ? sorted.length : first; next < sorted.length && rows.length < limit; ) {
        const batch = sorted.slice(next, next + limit - rows.length)
        next += batch.length
        const found = await Promise.all(batch.map(({ id }) => reader.in(secrets).get(scope, id)))
        // Some may have gone since their places were read.
        for (const [index, place] of batch.entries()) {
          const row = found[index]
          if (row) rows.push({ place, row })
        }
      }
      return rows
    },
  }
}

/** Names and times are ASCII: their characters sort as their bytes do. */
const comparePlaces = (a: Place, b: Place): number => compareText(a.value, b.value) || compareText(a.id, b.id)

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
