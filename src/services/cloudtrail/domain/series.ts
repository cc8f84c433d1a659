/** Events of one trail that go into files together: those of one account, Region and folder, from one stretch of logging. */
export interface Series {
  trailId: string
  /** When the stretch of logging began. */
  startedAtMs: number
  accountId: string
  region: string
  folder: LogFolder
}

/** Files of events, and files of insights, are in folders of their own. */
export type LogFolder = 'CloudTrail' | 'CloudTrail-Insight'

/** Returns the id of a series; those of one trail begin with its id. */
export const seriesId = ({ trailId, startedAtMs, accountId, region, folder }: Series): string =>
  [trailId, startedAtMs, accountId, region, folder].join(':')
