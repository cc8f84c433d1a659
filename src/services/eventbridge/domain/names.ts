import { parseArn } from '../../../core/arn.ts'
import type { Scope } from '../../../core/store.ts'

export const eventsPrincipal = 'events.amazonaws.com'

export const defaultBusName = 'default'

/** Where a bus is. */
export interface BusPlace extends Scope {
  name: string
}

const arn = ({ accountId, region }: Scope, resource: string) => `arn:aws:events:${region}:${accountId}:${resource}`

export const busArn = ({ name, ...scope }: BusPlace): string => arn(scope, `event-bus/${name}`)

/** The ARN of a rule; that of the default bus is left out. */
export const ruleArn = ({ name: busName, ...scope }: BusPlace, name: string): string =>
  arn(scope, busName === defaultBusName ? `rule/${name}` : `rule/${busName}/${name}`)

export const archiveArn = (scope: Scope, name: string): string => arn(scope, `archive/${name}`)
export const replayArn = (scope: Scope, name: string): string => arn(scope, `replay/${name}`)

export const connectionArn = (scope: Scope, name: string, id: string): string => arn(scope, `connection/${name}/${id}`)
export const destinationArn = (scope: Scope, name: string, id: string): string =>
  arn(scope, `api-destination/${name}/${id}`)

/** Reads the name or ARN of a bus as requests give it. An absent one means the default bus. */
export function busPlaceOf(given: string = defaultBusName, scope: Scope): BusPlace {
  const parsed = given.startsWith('arn:') ? parseArn(given) : undefined
  if (!parsed) return { accountId: scope.accountId, region: scope.region, name: given }
  const { accountId, region, resource } = parsed
  return { accountId, region, name: resource.replace(/^event-bus\//, '') }
}

/** Reads an ARN of EventBridge. @returns what it names; undefined for other ARNs. */
export function resourceOfArn(text: string): (Scope & { kind: string; name: string; busName: string }) | undefined {
  const parsed = parseArn(text)
  if (parsed?.service !== 'events') return undefined
  const { accountId, region, resource } = parsed
  const [kind = '', ...path] = resource.split('/')
  const [first = '', ...rest] = path
  if (kind !== 'rule' || rest.length === 0) return { accountId, region, kind, name: first, busName: defaultBusName }
  return { accountId, region, kind, name: rest.join('/'), busName: first }
}
