import type { Clock } from '../../core/clock.ts'
import type { WorkSpec } from '../../core/scheduler.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceInstance, ServiceModule } from '../../core/services/service-module.ts'
import type { Scope, Store } from '../../core/store.ts'
import type { LambdaContext, LambdaResources } from './lambda-context.ts'
import { lambdaOperations } from './lambda-service.ts'
import { type LambdaSettings, lambdaManifest } from './manifest.ts'
import { type OpenLambda, openLambda } from './open-lambda.ts'
import { invokeEventSpec, invokeEventWork } from './operations/invoke-event.ts'
import { outline } from './outline.ts'
import { readFunctionLogs } from './read-function-logs.ts'
import { CallFunctions } from './storage/call-functions.ts'
import { sweepCodeWork } from './storage/code-store.ts'

const definition: ServiceDefinition<LambdaContext> = { ...outline.head, operations: lambdaOperations }

/** AWS Lambda. */
export const lambda: ServiceModule<LambdaSettings> = {
  ...lambdaManifest,
  definition,
  open: (host, settings) =>
    lambdaInstance(
      openLambda({ ...host, hidden: host.hiddenFiles, accountConcurrency: settings['lambda.concurrency'] }),
      host.home,
    ),
}

/** Serves Lambda's operations and work with what was opened for them. */
export const lambdaInstance = (opened: OpenLambda, home: Scope): ServiceInstance<LambdaContext> => ({
  context: (call) => ({ ...opened, call, functions: new CallFunctions(call) }),
  work: lambdaWork(opened),
  tasks: {
    'function-logs': {
      action: 'strongroom:ReadFunctionLogs',
      run: (input) => readFunctionLogs(opened.logs, home, input),
    },
  },
  interrupt: () => opened.stop(),
})

/** What Lambda does when its time has come, by kind of work. */
const lambdaWork = (
  resources: Pick<LambdaResources, 'codes' | 'host' | 'logs' | 'groupLogs' | 'accountConcurrency'> & {
    store: Store
    clock: Clock
  },
): Record<string, WorkSpec> => ({
  [invokeEventWork]: invokeEventSpec(resources),
  [sweepCodeWork]: resources.codes.sweepRunner,
  ...resources.groupLogs.work,
})
