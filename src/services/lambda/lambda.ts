import type { Clock } from '../../core/clock.ts'
import type { WorkSpec } from '../../core/scheduler.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceInstance, ServiceModule } from '../../core/services/service-module.ts'
import type { Scope, Store } from '../../core/store.ts'
import type { LambdaContext, LambdaResources } from './lambda-context.ts'
import { lambdaOperations } from './lambda-service.ts'
import { type LambdaSettings, lambdaManifest } from './manifest.ts'
import { type OpenLambda, openLambda } from './open-lambda.ts'
import { invokeEventSpec, invokeEventWork } from './operations/invoke-event.ts'
import { readFunctionLogs } from './read-function-logs.ts'
import { CallFunctions } from './storage/call-functions.ts'
import { sweepCodeWork } from './storage/code-store.ts'

/** Every path begins with the date of the API that brought it. Other services have such dates too. */
export const lambdaPaths = new RegExp(
  `^/(${[
    ...['2014-11-13', '2015-03-31', '2016-08-19', '2017-03-31', '2017-10-31', '2018-10-31', '2019-09-25', '2019-09-30'],
    ...['2020-04-22', '2020-06-30', '2021-07-20', '2021-10-31', '2021-11-15', '2024-08-31', '2025-11-30', '2025-12-01'],
    '2026-07-09',
  ].join('|')})/`,
)

const definition: ServiceDefinition<LambdaContext> = {
  name: 'lambda',
  title: 'AWS Lambda',
  principal: 'lambda.amazonaws.com',
  apiVersion: '2015-03-31',
  bindings: [{ protocol: 'restJson1', paths: lambdaPaths }],
  messageMember: 'Message',
  validationErrorCode: 'ValidationException',
  validationShowsValues: true,
  loadModel: async () =>
    (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  operations: lambdaOperations,
}

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
  resources: Pick<LambdaResources, 'codes' | 'host' | 'logs' | 'accountConcurrency'> & { store: Store; clock: Clock },
): Record<string, WorkSpec> => ({
  [invokeEventWork]: invokeEventSpec(resources),
  [sweepCodeWork]: resources.codes.sweepRunner,
})
