import type { GetParametersByPathRequest, GetParametersByPathResult, Parameter } from '@aws-sdk/client-ssm'
import type { Permission, Validated } from '../../../core/operation.ts'
import { nameReserved, pathMalformed } from '../domain/errors.ts'
import { byPathFilters, subtreePrefix } from '../domain/filters.ts'
import { versionOfLabel } from '../domain/labels.ts'
import { indexValuesOf, type SearchScope } from '../domain/listing.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { checkPath, isPublicPath } from '../domain/parameter-name.ts'
import { secretNamespace } from '../domain/read-target.ts'
import type { SsmContext } from '../ssm-context.ts'
import { findVersion } from '../storage/parameter-store.ts'
import { parameterPage } from './parameter-pages.ts'
import { parameterPermission } from './permissions.ts'
import { parameterView, publicView } from './read-parameter.ts'

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
  const { Recursive = false, WithDecryption = false, MaxResults: limit = 10, NextToken: token } = request
  const path = readPath(request.Path)
  const filters = byPathFilters(request.ParameterFilters)
  // A label asks for the version that has it, in place of the latest.
  const labels = filters.find(({ key }) => key === 'Label')?.values ?? []
  const searchScope: SearchScope = Recursive
    ? { kind: 'prefixes', prefixes: [subtreePrefix(path)] }
    : { kind: 'parents', paths: [path] }
  const list = [path, Recursive, filters]
  return parameterPage(
    context,
    { list, searchScope, narrowed: indexValuesOf(filters), filters, isPublic: isPublicPath(path) },
    { limit, token },
    {
      own: (parameter) => ownView(context, parameter, labels, WithDecryption),
      published: (parameter) => publicView(context.call, parameter),
    },
  )
}

function readPath(text: string): string {
  const path = checkPath(text)
  if (`${path}/`.startsWith(secretNamespace)) throw nameReserved(path)
  if (/^\/aws/i.test(path) && !isPublicPath(path)) throw pathMalformed()
  return path
}

async function ownView(
  context: SsmContext,
  parameter: StoredParameter,
  labels: readonly string[],
  decrypts: boolean,
): Promise<Parameter | undefined> {
  const [labelled] = labels.map((label) => versionOfLabel(parameter, label)).filter((version) => version !== undefined)
  const stored = await findVersion(context.call.store, parameter, labelled ?? parameter.version)
  return stored && parameterView(context, parameter, stored, decrypts)
}
