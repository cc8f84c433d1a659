import { createHash } from 'node:crypto'
import type { Dimension } from '@aws-sdk/client-cloudwatch'
import type { Scope } from '../../../core/store.ts'

/** A name and value that tell one series of a metric from another. */
export interface MetricDimension {
  Name: string
  Value: string
}

/** The identity of a series of data: metrics with other dimensions are other metrics. */
export interface MetricIdentity {
  namespace: string
  name: string
  /** In order of name. */
  dimensions: readonly MetricDimension[]
}

/** Dimensions of a request, in the order in which a series keeps them. */
export const sortedDimensions = (given: readonly Dimension[] = []): MetricDimension[] =>
  given
    .map(({ Name = '', Value = '' }) => ({ Name, Value }))
    .sort((a, b) => (a.Name < b.Name ? -1 : a.Name > b.Name ? 1 : a.Value < b.Value ? -1 : 1))

/** The key under which the data of a series are kept: 24 characters, the same for the same metric of the same account and Region. */
export function seriesKey({ accountId, region }: Scope, { namespace, name, dimensions }: MetricIdentity): string {
  const parts = [accountId, region, namespace, name, ...dimensions.flatMap(({ Name, Value }) => [Name, Value])]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 24)
}
