import type { Scope, Store } from '../../../core/store.ts'
import type { Placed } from '../../../kit/bounded-list.ts'
import type { MetricDimension, MetricIdentity } from '../domain/series.ts'
import { service } from './tables.ts'

export interface ListedSeries extends MetricIdentity {
  /** When its latest data are of, at most five minutes too early. */
  lastSeconds: number
}

/** Namespace, name and key of a series: its place in the order of the list. */
export type SeriesPlace = readonly [namespace: string, name: string, key: string]

type SeriesRow = { namespace: string; name: string; series: string; dimensions: string; last_seconds: number }

/** Lists series behind a place, in order of namespace and name; of one namespace or name where they are given. */
export async function listSeries(
  data: Pick<Store, 'sql'>,
  { accountId, region }: Scope,
  { namespace, name }: { namespace: string | undefined; name: string | undefined },
  after: SeriesPlace | undefined,
  limit: number,
): Promise<Placed<ListedSeries, SeriesPlace>[]> {
  const [afterNamespace, afterName, afterKey] = after ?? ['', '', '']
  const sql = data.sql(service)
  const found =
    namespace === undefined
      ? await sql.all<SeriesRow>(selectAll, [accountId, region, afterNamespace, afterName, afterKey, limit])
      : name === undefined
        ? await sql.all<SeriesRow>(selectNamespace, [accountId, region, namespace, afterName, afterKey, limit])
        : await sql.all<SeriesRow>(selectName, [accountId, region, namespace, name, afterKey, limit])
  return found.map((row) => ({
    place: [row.namespace, row.name, row.series],
    row: {
      namespace: row.namespace,
      name: row.name,
      dimensions: JSON.parse(row.dimensions) as MetricDimension[],
      lastSeconds: row.last_seconds,
    },
  }))
}

const columns = 'SELECT namespace, name, series, dimensions, last_seconds FROM monitoring_series'

const selectAll = `${columns} WHERE account = ? AND region = ? AND (namespace, name, series) > (?, ?, ?)
  ORDER BY namespace, name, series LIMIT ?`

const selectNamespace = `${columns} WHERE account = ? AND region = ? AND namespace = ? AND (name, series) > (?, ?)
  ORDER BY name, series LIMIT ?`

const selectName = `${columns} WHERE account = ? AND region = ? AND namespace = ? AND name = ? AND series > ?
  ORDER BY series LIMIT ?`
