import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import type { EventBridgeContext } from './eventbridge-context.ts'
import { eventbridgeOperations } from './eventbridge-service.ts'
import { type EventBridgeSettings, eventbridgeManifest } from './manifest.ts'
import {
  emptyArchiveRunner,
  emptyArchiveWork,
  expireArchiveRunner,
  expireArchiveWork,
} from './operations/archive-work.ts'
import { authorizeRunner, authorizeWork } from './operations/authorize-connection.ts'
import { forgetReplayRunner, forgetReplayWork, replayRunner, replayWork } from './operations/replay-work.ts'
import { ruleRunner, ruleScheduleWork } from './operations/rule-schedules.ts'
import { outline } from './outline.ts'
import { AccessTokens } from './routing/access-tokens.ts'
import { ApiCalls } from './routing/api-calls.ts'
import { apiDestinationSender } from './routing/api-destination-sender.ts'
import { fanOutSpec, fanOutWork } from './routing/fan-out.ts'
import { Router } from './routing/router.ts'
import { RuleMetrics } from './routing/rule-metrics.ts'
import { targetSenders } from './routing/senders.ts'
import { httpDeliveries, targetDeliveries } from './routing/target-deliveries.ts'

const definition: ServiceDefinition<EventBridgeContext> = { ...outline.head, operations: eventbridgeOperations }

/** Amazon EventBridge. */
export const eventbridge: ServiceModule<EventBridgeSettings> = {
  definition,
  ...eventbridgeManifest,
  open(host, settings) {
    const { identity, sealer, clock, store } = host
    const ruleMetrics = new RuleMetrics(host.metrics)
    const services = targetDeliveries(targetSenders(host), ruleMetrics)
    const httpEndpoints = settings['events.http-endpoints']
    const tokens = new AccessTokens(host, httpEndpoints)
    const sender = apiDestinationSender(host, { store, tokens, endpoints: httpEndpoints })
    const http = httpDeliveries({ 'api-destination': sender }, ruleMetrics)
    const router = new Router({ services, http }, clock)
    const apiCalls = new ApiCalls(host, router, settings['events.api-calls'])
    host.ledger.follow(apiCalls.follower)
    const dependencies = {
      identity,
      sealer,
      clock,
      router,
      apiCalls,
      httpEndpoints,
      mostRules: settings['events.rules-per-bus'],
    }
    return {
      context: (call): EventBridgeContext => ({ call, found: new FoundOnce(), ...dependencies }),
      takeEvent: (tx, event) => router.routePublished(tx, event),
      work: {
        ...services.work(host),
        ...http.work(host),
        [fanOutWork]: fanOutSpec(router.send),
        [ruleScheduleWork]: ruleRunner({ router, clock }),
        [replayWork]: { run: replayRunner({ router, clock }), atOnce: 1, isPrompt: true },
        [forgetReplayWork]: forgetReplayRunner,
        [expireArchiveWork]: expireArchiveRunner({ clock }),
        [authorizeWork]: authorizeRunner({ tokens, store, clock }),
        [emptyArchiveWork]: emptyArchiveRunner,
      },
    }
  },
}
