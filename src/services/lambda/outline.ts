import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'

/** Every path begins with the date of the API that brought it. Other services have such dates too. */
export const lambdaPaths = new RegExp(
  `^/(${[
    ...['2014-11-13', '2015-03-31', '2016-08-19', '2017-03-31', '2017-10-31', '2018-10-31', '2019-09-25', '2019-09-30'],
    ...['2020-04-22', '2020-06-30', '2021-07-20', '2021-10-31', '2021-11-15', '2024-08-31', '2025-11-30', '2025-12-01'],
    '2026-07-09',
  ].join('|')})/`,
)

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
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
  },
  work: {
    'lambda.invoke-event': { atOnce: 3, isPrompt: true },
    'lambda.sweep-code': 'shared',
    'lambda.deliver': { atOnce: 1, isPrompt: true },
  },
  tasks: { 'function-logs': 'strongroom:ReadFunctionLogs' },
}
