import { parseArn } from '../../../core/arn.ts'
import { arnNotValid, invalidName, invalidPath, invalidPathPrefix, unparsableArn } from './errors.ts'

/** Names that differ in case only are the same name: documents are stored under this key. */
export const nameKey = (name: string): string => name.toLowerCase()

export type ArnKind = 'user' | 'group' | 'role' | 'policy'

export const iamArn = (accountId: string, kind: ArnKind | 'instance-profile', path: string, name: string): string =>
  `arn:aws:iam::${accountId}:${kind}${path}${name}`

/** `/service-role/` in `arn:aws:iam::aws:policy/service-role/Name`. */
export const policyPathIn = (arn: string): string => arn.slice(arn.indexOf('/'), arn.lastIndexOf('/') + 1)

export const policyNameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

export const rootArn = (accountId: string): string => `arn:aws:iam::${accountId}:root`

export interface IamArn {
  accountId: string
  kind: ArnKind
  name: string
}

/** The parts of a user's, group's, role's or policy's ARN; undefined for anything else. */
export function parseIamArn(text: string): IamArn | undefined {
  const arn = parseArn(text)
  if (arn?.partition !== 'aws' || arn.service !== 'iam' || arn.region !== '') return undefined
  const match = /^(user|group|role|policy)\/(?:[\u0021-\u007e]*\/)?([\w+=,.@-]+)$/.exec(arn.resource)
  const [, kind, name] = match ?? []
  return kind && name ? { accountId: arn.accountId, kind: kind as ArnKind, name } : undefined
}

/**
 * @returns the account that a managed policy's ARN names: `aws` for AWS's own.
 * @throws ServiceError ValidationError for what is not an ARN, and for the ARN of anything but a managed policy.
 */
export function checkPolicyArn(arn: string): string {
  if (!parseArn(arn)) throw unparsableArn()
  const parsed = parseIamArn(arn)
  if (parsed?.kind !== 'policy') throw arnNotValid(arn)
  return parsed.accountId
}

/**
 * IAM words these refusals itself, so its pattern constraints are checked here and not with the lengths.
 * @param member - `userName`, as the message names it.
 * @throws ServiceError ValidationError.
 */
export function checkName(member: string, name: string): string {
  if (!/^[\w+=,.@-]+$/.test(name)) throw invalidName(member)
  return name
}

/** @returns the path, `/` when none is given. @throws ServiceError ValidationError. */
export function checkPath(path = '/'): string {
  if (!/^\/([\u0021-\u007e]+\/)?$/.test(path)) throw invalidPath()
  return path
}

/** Policies are narrower: letters, digits and `.,+@=_-` between slashes. @throws ServiceError ValidationError. */
export function checkPolicyPath(path = '/'): string {
  if (!policyPath.test(path)) throw invalidPath()
  return path
}

/** @throws ServiceError ValidationError. */
export function checkPathPrefix(prefix = '/'): string {
  if (!/^\/[\u0021-\u007f]*$/.test(prefix)) throw invalidPathPrefix()
  return prefix
}

/** The prefix of ListPolicies ends with a slash. @throws ServiceError ValidationError. */
export function checkPolicyPathPrefix(prefix = '/'): string {
  if (!policyPath.test(prefix)) throw invalidPathPrefix()
  return prefix
}

const policyPath = /^((\/[A-Za-z0-9.,+@=_-]+)*)\/$/

/** The folders a path lies in, itself included and `/` left out: what an entity is indexed under for PathPrefix. */
export function foldersOf(path: string): string[] {
  const folders: string[] = []
  for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) folders.push(path.slice(0, end + 1))
  return folders
}

/** The deepest folder that holds every path with this prefix; undefined when that is all of them. */
export function folderOfPrefix(prefix: string): string | undefined {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  return folder === '/' ? undefined : folder
}
