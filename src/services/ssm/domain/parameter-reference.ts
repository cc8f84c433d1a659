import { parseArn } from '../../../core/arn.ts'
import { parameterNotFound } from './errors.ts'
import { checkForm, isPublicName, type Place, qualifiedName } from './parameter-name.ts'

/** What a request to read names: a parameter of an account, and which of its versions. */
export interface ParameterReference {
  /** Owner of the parameter; the caller's own account unless an ARN says otherwise. */
  accountId: string
  /** As kept: fully qualified. */
  qualified: string
  /** What was sent, without the selector. */
  name: string
  /** Of the caller's own account, or of a public parameter. */
  isOwnArn: boolean
  selector?: Selector
}

/**
 * The name that answers give: the one that was sent; the parameter's own in place of an ARN, but for parameters that other
 * accounts share, whose name is the ARN.
 * @param name - the parameter's.
 */
export const answeredName = (reference: ParameterReference, name: string): string =>
  reference.isOwnArn ? name : reference.name

/** `:3` means a version, `:prod` a label. */
export interface Selector {
  /** With its colon. */
  text: string
  version?: number
  label?: string
}

/**
 * Reads `name`, `name:version`, `name:label` and the same with an ARN in place of the name.
 * @throws ServiceError ParameterNotFound (two selectors, an ARN that is of no parameter here), ValidationException.
 */
export function parseReference(text: string, place: Place): ParameterReference {
  const trimmed = text.trim()
  if (trimmed.startsWith('arn:')) return parseArnReference(trimmed, place)
  const [name = '', ...selectors] = trimmed.split(':')
  checkForm(name)
  return { accountId: place.accountId, qualified: qualifiedName(name), name, isOwnArn: false, ...selectorOf(selectors) }
}

function parseArnReference(text: string, place: Place): ParameterReference {
  const arn = parseArn(text)
  const [resource = '', ...selectors] = arn?.resource.split(':') ?? []
  if (arn?.service !== 'ssm' || arn.partition !== place.partition || !resource.startsWith('parameter/')) {
    throw parameterNotFound()
  }
  const qualified = resource.slice('parameter'.length)
  checkForm(qualified)
  if (arn.region !== place.region) throw parameterNotFound()
  const selected = selectorOf(selectors)
  const name = selected ? text.slice(0, -selected.selector.text.length) : text
  const isOwnArn = arn.accountId === place.accountId || isPublicName(qualified)
  return { accountId: arn.accountId, qualified, name, isOwnArn, ...selected }
}

function selectorOf(parts: readonly string[]): { selector: Selector } | undefined {
  const [part] = parts
  if (part === undefined) return undefined
  if (part === '' || parts.length > 1) throw parameterNotFound()
  const text = `:${part}`
  return { selector: /^\d+$/.test(part) ? { text, version: Number(part) } : { text, label: part } }
}
