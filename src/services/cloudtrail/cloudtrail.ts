import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import { LedgerFollower } from '../../kit/ledger-follower.ts'
import { RoleSessions } from '../../kit/role-sessions.ts'
import type { CloudTrailContext } from './cloudtrail-context.ts'
import { cloudtrailOperations } from './cloudtrail-service.ts'
import { digestRunner } from './delivery/deliver-digest.ts'
import { filesRunner } from './delivery/deliver-files.ts'
import { logsRunner } from './delivery/deliver-logs.ts'
import { forgetRunner } from './delivery/forget-trail.ts'
import { digestWork, filesWork, forgetWork, logsWork } from './delivery/kinds.ts'
import { notices } from './delivery/notices.ts'
import { RecordCollector } from './delivery/record-collector.ts'
import { RecordSinks } from './delivery/record-sinks.ts'
import { SigningKeys } from './delivery/signing-keys.ts'
import { TrailDirectory } from './delivery/trail-directory.ts'
import { requestQuotas } from './domain/request-quotas.ts'
import { closeMinutesRunner, forgetInsightRunner, forgetInsightWork } from './insights/close-minutes.ts'
import { closeMinutesWork } from './insights/count-calls.ts'
import { openLake } from './lake/open-lake.ts'
import { StoreDirectory } from './lake/store-directory.ts'
import { StoreSink } from './lake/store-sink.ts'
import { type CloudTrailSettings, cloudtrailManifest } from './manifest.ts'
import { outline } from './outline.ts'

const definition: ServiceDefinition<CloudTrailContext> = {
  ...outline.head,
  operations: cloudtrailOperations,
  requestQuotas,
}

/** AWS CloudTrail. */
export const cloudtrail: ServiceModule<CloudTrailSettings> = {
  ...cloudtrailManifest,
  definition,
  open(host, settings) {
    const { history, sealer, calls, clock, store, organizations } = host
    const directory = new TrailDirectory(host)
    const collector = new RecordCollector(directory, clock, organizations)
    const stores = new StoreDirectory(host)
    const sinks = new RecordSinks([collector, new StoreSink(stores, clock)])
    const follower = new LedgerFollower(host, sinks)
    host.ledger.follow(follower)
    const roles = new RoleSessions(host)
    const signingKeys = new SigningKeys(host)
    const lake = openLake(host, { stores, signingKeys, roles })
    const trails = { organizations, roles, directory, follower, signingKeys }
    const dependencies = { history, sealer, calls, ...trails, lake: lake.parts }
    return {
      context: (call): CloudTrailContext => ({
        ...{ call, found: new FoundOnce(), foundStores: new FoundOnce() },
        ...dependencies,
      }),
      throttled: settings['cloudtrail.throttle'],
      dataEvents: {
        mayWant: (event) => directory.mayWant(event) || stores.mayWant(event),
        wants: (record) => directory.wants(record) || stores.wants(record),
      },
      trails: directory,
      work: {
        ...notices.work(host),
        [filesWork]: { run: filesRunner(host), atOnce: 2 },
        [logsWork]: { run: logsRunner({ ...host, roles }), atOnce: 2 },
        [digestWork]: { run: digestRunner({ ...host, signingKeys }), atOnce: 1 },
        [forgetWork]: forgetRunner({ store }),
        [closeMinutesWork]: {
          run: closeMinutesRunner({ store, clock, collector, warmUpMs: settings['cloudtrail.insights-warmup'] }),
          atOnce: 1,
        },
        [forgetInsightWork]: forgetInsightRunner,
        ...lake.work,
      },
      stop: lake.stop,
    }
  },
}
