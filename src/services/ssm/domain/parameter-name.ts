import { formatArn } from '../../../core/arn.ts'
import {
  nameMalformed,
  nameNotQualified,
  nameReserved,
  nameTooLong,
  pathMalformed,
  rootNameReserved,
  tooManyLevels,
} from './errors.ts'
import { quotas } from './quotas.ts'

/** Where a call is: what names without an account or a region mean. */
export interface Place {
  partition: string
  region: string
  accountId: string
}

/**
 * The one form under which a parameter is kept: fully qualified. `X` and `/X` are the same parameter.
 * @param name - without surrounding spaces.
 */
export const qualifiedName = (name: string): string => (name.startsWith('/') ? name : `/${name}`)

/** @param qualified - as `qualifiedName` gives it. */
export const parameterArn = ({ partition, region, accountId }: Place, qualified: string): string =>
  formatArn({ partition, service: 'ssm', region, accountId, resource: `parameter${qualified}` })

/** The path above a name: `/a` for `/a/b`, `/` for `/a`. */
export const parentPath = (qualified: string): string => qualified.slice(0, Math.max(qualified.lastIndexOf('/'), 1))

/**
 * Checks the name of a parameter that is to be made, changed or deleted.
 * @returns the name as it is answered: without the spaces around it.
 * @throws ServiceError ValidationException, AccessDeniedException (`/aws…`), HierarchyLevelLimitExceededException.
 */
export function checkWrittenName(text: string, place: Place): string {
  const name = text.trim()
  const levels = name.split('/')
  if (!name.startsWith('/') && levels.length > 1 && levels.every(isLevel)) throw nameNotQualified()
  if (/^\/aws/i.test(name)) throw nameReserved(name)
  checkForm(name)
  if (levels.length - (name.startsWith('/') ? 1 : 0) > quotas.levels) throw tooManyLevels()
  if (parameterArn(place, qualifiedName(name)).length > quotas.arnCharacters) throw nameTooLong()
  return name
}

/**
 * Checks the form of a name that is to be read: it may stand under `/aws`.
 * @throws ServiceError ValidationException.
 */
export function checkForm(name: string): void {
  const levels = name.split('/')
  const isPath = name.startsWith('/')
  if (!(isPath ? levels.slice(1) : levels).every(isLevel) || (!isPath && levels.length > 1)) throw nameMalformed()
  if (!isPath && /^(aws|ssm)/i.test(name)) throw rootNameReserved()
  if (/^\/ssm/i.test(name)) throw nameMalformed()
}

/**
 * The path of a by-path call or a path filter.
 * @returns without the slash at its end, `/` for the root.
 * @throws ServiceError ValidationException.
 */
export function checkPath(path: string): string {
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  const isPath = trimmed === '/' || (trimmed.startsWith('/') && trimmed.slice(1).split('/').every(isLevel))
  if (!isPath || /^\/ssm/i.test(trimmed)) throw pathMalformed()
  return trimmed
}

const isLevel = (text: string) => /^[a-zA-Z0-9_.-]+$/.test(text)

/** The namespace that AWS publishes parameters in. */
export const publicNamespace = '/aws/service'

export const isPublicName = (qualified: string): boolean => qualified.startsWith(`${publicNamespace}/`)

/** A path that public parameters may stand under. */
export const isPublicPath = (path: string): boolean => isPublicName(`${path}/`)

/** The ARN of a public parameter has no account. */
export const publicArn = (place: Place, qualified: string): string =>
  parameterArn({ ...place, accountId: '' }, qualified)
