import type { WorkSpec } from '../../../core/scheduler.ts'
import type { ServiceHost } from '../../../core/services/service-module.ts'
import type { RoleSessions } from '../../../kit/role-sessions.ts'
import type { SigningKeys } from '../delivery/signing-keys.ts'
import { expireRunner, mergeRunner, removeRunner } from './keep-batches.ts'
import {
  expireWork,
  forgetQueryWork,
  importWork,
  mergeWork,
  queryWork,
  refreshWork,
  removeWork,
  settleWork,
  writeWork,
} from './kinds.ts'
import { LakeEngine } from './lake-engine.ts'
import type { LakeParts } from './lake-parts.ts'
import { refreshRunner } from './refresh-dashboard.ts'
import { importRunner } from './run-import.ts'
import { forgetQueryRunner, queryRunner } from './run-query.ts'
import { RunningQueries } from './running-queries.ts'
import { settleRunner } from './settle-store.ts'
import type { StoreDirectory } from './store-directory.ts'
import { writeRunner } from './write-events.ts'

/** CloudTrail Lake as it is open in a server. */
export interface OpenLake {
  parts: LakeParts
  work: Readonly<Record<string, WorkSpec>>
  stop(): Promise<void>
}

export function openLake(
  host: ServiceHost,
  { stores, signingKeys, roles }: { stores: StoreDirectory; signingKeys: SigningKeys; roles: RoleSessions },
): OpenLake {
  const { ledger, blobs, identity } = host
  const engine = new LakeEngine()
  const running = new RunningQueries()
  return {
    parts: { stores, ledger, blobs, identity, engine, running },
    work: {
      [settleWork]: { run: settleRunner(host), atOnce: 2, isPrompt: true },
      [removeWork]: removeRunner(host),
      [writeWork]: { run: writeRunner(host), atOnce: 2 },
      [mergeWork]: { run: mergeRunner(host), atOnce: 1 },
      [expireWork]: expireRunner(host),
      [queryWork]: { run: queryRunner({ ...host, engine, running, signingKeys }), atOnce: 4, isPrompt: true },
      [forgetQueryWork]: forgetQueryRunner(host),
      [importWork]: { run: importRunner({ ...host, roles }), atOnce: 1 },
      [refreshWork]: refreshRunner(host),
    },
    stop: () => engine.close(),
  }
}
