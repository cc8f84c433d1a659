import type { GetParametersByPathRequest, GetParametersByPathResult, Parameter } from '@aws-sdk/client-ssm'
import type { Permission, Validated } from '../../../core/operation.ts'
import { nameReserved, pathMalformed } from '../domain/errors.ts'
import { byPathFilters, type ParameterFilter, passes, subtreePrefix } from '../domain/filters.ts'
import { versionOfLabel } from '../domain/labels.ts'
import { type Approach, readPage } from '../domain/listing.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { checkPath, isPublicPath } from '../domain/parameter-name.ts'
import { secretNamespace } from '../domain/read-target.ts'
import type { SsmContext } from '../ssm-context.ts'
import { parameterSource } from '../storage/parameter-sources.ts'
import { findVersion } from '../storage/parameter-store.ts'
import { openPlace, sealPlace } from './page-tokens.ts'
import { parameterPermission } from './permissions.ts'
import { parameterView } from './read-parameter.ts'

type Request = Validated<GetParametersByPathRequest>

/** Only the path that is asked for is looked at: who may read it, may read what stands under it. */
export async function getParametersByPathPermissions(context: SsmContext, request: Request): Promise<Permission[]> {
  const qualified = readPath(request.Path)
  const { accountId } = context.call
  const keys = { 'ssm:Recursive': String(request.Recursive ?? false) }
  return [await parameterPermission(context, { accountId, qualified }, { context: keys })]
}

/**
 * The parameters under a path: on the next level, or with `Recursive` on all levels below. The one at the path itself is not
 * among them.
 *
 * @returns in order of name; a page may hold fewer than `MaxResults`, even none, with a `NextToken`.
 * @throws ServiceError InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, InvalidKeyId, InvalidNextToken.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
 */
export async function getParametersByPath(context: SsmContext, request: Request): Promise<GetParametersByPathResult> {
  const { Recursive = false, WithDecryption = false, MaxResults = 10, NextToken, ParameterFilters } = request
  const path = readPath(request.Path)
  const filters = byPathFilters(ParameterFilters)
  const list = ['GetParametersByPath', path, Recursive, filters]
  const afterName = openPlace(context, list, NextToken)
  const approach: Approach = Recursive
    ? { kind: 'prefixes', prefixes: [subtreePrefix(path)] }
    : { kind: 'parents', paths: [path] }
  const source = parameterSource(context.call.store, context.call, approach)
  const fits = filters.length > 0 ? (parameter: StoredParameter) => passes(parameter, filters) : undefined
  const { rows, next } = await readPage(source, fits, afterName, MaxResults)
  const views = await Promise.all(rows.map((parameter) => viewOf(context, parameter, filters, WithDecryption)))
  const Parameters = views.filter((view) => view !== undefined)
  return { Parameters, ...(next !== undefined && { NextToken: sealPlace(context, list, next) }) }
}

function readPath(text: string): string {
  const path = checkPath(text)
  if (`${path}/`.startsWith(secretNamespace)) throw nameReserved(path)
  if (/^\/aws/i.test(path) && !isPublicPath(path)) throw pathMalformed()
  return path
}

/** Undefined when the parameter has gone since it was listed. */
async function viewOf(
  context: SsmContext,
  parameter: StoredParameter,
  filters: readonly ParameterFilter[],
  decrypts: boolean,
): Promise<Parameter | undefined> {
  const labels = filters.find(({ key }) => key === 'Label')?.values ?? []
  const [labelled] = labels.map((label) => versionOfLabel(parameter, label)).filter((version) => version !== undefined)
  const stored = await findVersion(context.call.store, parameter, labelled ?? parameter.version)
  return stored && parameterView(context, parameter, stored, decrypts)
}
