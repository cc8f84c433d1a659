import type {
  GetParameterRequest,
  GetParameterResult,
  GetParametersRequest,
  GetParametersResult,
  Parameter,
} from '@aws-sdk/client-ssm'
import type { Permission, Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { Place } from '../domain/parameter-name.ts'
import { parseReadTarget, type ReadTarget } from '../domain/read-target.ts'
import type { SsmContext } from '../ssm-context.ts'
import { readTarget, targetPermission } from './read-parameter.ts'

export const getParameterPermissions = async (
  context: SsmContext,
  { Name }: Validated<GetParameterRequest>,
): Promise<Permission[]> => [await targetPermission(context, parseReadTarget(Name, context.call))]

/**
 * @param request - `Name`: a name or ARN, with `:version` or `:label` behind it to select; or a reference to a secret.
 * @throws ServiceError ParameterNotFound, ParameterVersionNotFound, InvalidKeyId.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export async function getParameter(
  context: SsmContext,
  { Name, WithDecryption = false }: Validated<GetParameterRequest>,
): Promise<GetParameterResult> {
  return { Parameter: await readTarget(context, parseReadTarget(Name, context.call), WithDecryption) }
}

export const getParametersPermissions = async (
  context: SsmContext,
  { Names }: Validated<GetParametersRequest>,
): Promise<Permission[]> => {
  const targets = distinct(Names).map((name) => targetIn(name, context.call))
  return Promise.all(
    targets.filter((target) => target !== undefined).map((target) => targetPermission(context, target)),
  )
}

/**
 * @returns the parameters in order of name, each once; what is not there is listed in `InvalidParameters` as sent.
 * @throws ServiceError InvalidKeyId.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 */
export async function getParameters(
  context: SsmContext,
  { Names, WithDecryption = false }: Validated<GetParametersRequest>,
): Promise<GetParametersResult> {
  const names = distinct(Names)
  const read = await Promise.all(names.map((name) => readIfThere(context, name, WithDecryption)))
  const Parameters = read.filter((parameter) => parameter !== undefined).sort(byName)
  return { Parameters, InvalidParameters: names.filter((_, index) => !read[index]) }
}

const distinct = (names: readonly string[]) => [...new Set(names)]

const byName = (a: Parameter, b: Parameter) => ((a.Name ?? '') < (b.Name ?? '') ? -1 : a.Name === b.Name ? 0 : 1)

/** Undefined for text that names nothing. */
function targetIn(name: string, place: Place): ReadTarget | undefined {
  try {
    return parseReadTarget(name, place)
  } catch (refused) {
    if (refused instanceof ServiceError) return undefined
    throw refused
  }
}

const absences = new Set(['ParameterNotFound', 'ParameterVersionNotFound'])

async function readIfThere(context: SsmContext, name: string, decrypts: boolean): Promise<Parameter | undefined> {
  const target = targetIn(name, context.call)
  if (!target) return undefined
  try {
    return await readTarget(context, target, decrypts)
  } catch (refused) {
    if (refused instanceof ServiceError && absences.has(refused.code)) return undefined
    throw refused
  }
}
