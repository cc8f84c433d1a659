import type { CollectionSpec, DocumentReader } from '../../../core/store.ts'
import type { Dashboard } from '../domain/lake/dashboard.ts'
import { everywhere } from './trails.ts'

/** By ARN. */
export const dashboards: CollectionSpec<Dashboard> = {
  name: 'cloudtrail.dashboards',
  indexes: { place: ({ accountId, region }) => [`${accountId}:${region}`] },
}

export const dashboardAt = async (reader: DocumentReader, arn: string): Promise<Dashboard | undefined> =>
  reader.in(dashboards).get(everywhere, arn)

/** Reads the dashboards of an account in a Region, about 100 at most. */
export async function dashboardsOf(
  reader: DocumentReader,
  { accountId, region }: { accountId: string; region: string },
): Promise<Dashboard[]> {
  const index = { name: 'place', value: `${accountId}:${region}` }
  return (await reader.in(dashboards).list(everywhere, { index })).map(({ document }) => document)
}
