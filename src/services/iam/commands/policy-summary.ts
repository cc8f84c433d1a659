import type { Basis } from '../past-calls/policy-tasks.ts'

/** Says on stderr on what calls an answer rests, so that what is on stdout can go into a file. */
export function summaryLines({ principal, days, calls, from, to, ...basis }: Basis): string[] {
  const { dataEvents, failed, denied, byServices } = basis
  return [
    `${principal}: ${count(calls, 'recorded call')} in ${count(days, 'day')} (${from} to ${to}), ${count(dataEvents, 'data event')} among them.`,
    'Data events, such as reads of S3 objects, count only where a trail or an event data store had them recorded.',
    ...(failed > 0
      ? [`${count(failed, 'call')} failed for other reasons than a permission; what they needed counts.`]
      : []),
    ...denied.map((refused) => `denied ${refused.calls}x: ${refused.action} on ${refused.resource}`),
    ...byServices.map(
      ({ service, viaService, calls: made }) =>
        `${count(made, 'call')} made by ${service} for the principal${viaService ? ` (kms:ViaService ${viaService})` : ''}.`,
    ),
  ]
}

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
