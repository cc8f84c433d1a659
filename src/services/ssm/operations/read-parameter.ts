import type { Parameter } from '@aws-sdk/client-ssm'
import type { Permission } from '../../../core/operation.ts'
import { parameterNotFound, versionNotFound } from '../domain/errors.ts'
import { versionOfLabel } from '../domain/labels.ts'
import type { StoredParameter, StoredVersion } from '../domain/parameter.ts'
import { type Place, publicArn } from '../domain/parameter-name.ts'
import { answeredName, type ParameterReference, type Selector } from '../domain/parameter-reference.ts'
import type { PublicParameter } from '../domain/public-parameter.ts'
import type { ReadTarget } from '../domain/read-target.ts'
import type { SsmContext } from '../ssm-context.ts'
import { findVersion } from '../storage/parameter-store.ts'
import { arnIn, parameterPermission, parameterResource } from './permissions.ts'
import { readSecret } from './secret-references.ts'
import { decryptValue } from './secure-values.ts'

/** Returns what reading one target needs. */
export const targetPermission = (context: SsmContext, { accountId, qualified }: ReadTarget): Promise<Permission> =>
  parameterPermission(context, { accountId, qualified })

/**
 * @param decrypts - WithDecryption.
 * @throws ServiceError ParameterNotFound, ParameterVersionNotFound, InvalidKeyId, AccessDeniedException,
 *   ValidationException (a secret without decryption).
 */
export async function readTarget(context: SsmContext, target: ReadTarget, decrypts: boolean): Promise<Parameter> {
  switch (target.kind) {
    case 'stored':
      return readStored(context, target, decrypts)
    case 'secret':
      return readSecret(context, target, decrypts)
    case 'public':
      return readPublic(context, target)
  }
}

async function readStored(context: SsmContext, reference: ParameterReference, decrypts: boolean): Promise<Parameter> {
  const { call, parameters } = context
  const { accountId, qualified, selector } = reference
  const parameter = await parameters.find({ accountId, qualified })
  if (!parameter) throw parameterNotFound()
  call.note({ resources: [parameterResource(accountId, arnIn(call, parameter))] })
  const Name = answeredName(reference, parameter.name)
  const version = await selectedVersion(context, parameter, selector, Name)
  const shown = await parameterView(context, parameter, version, decrypts)
  return { ...shown, Name, ...(selector && { Selector: selector.text }) }
}

async function readPublic({ call, publicParameters }: SsmContext, reference: ParameterReference): Promise<Parameter> {
  const { qualified, selector } = reference
  const parameter = await publicParameters.find(call.store, call.region, qualified)
  if (!parameter) throw parameterNotFound()
  const Name = answeredName(reference, qualified)
  // Of public parameters only the present version is known, and no caller can label it.
  if (selector && selector.version !== parameter.version) throw versionNotFound(selector.text.slice(1), Name)
  return { ...publicView(call, parameter), Name, ...(selector && { Selector: selector.text }) }
}

async function selectedVersion(
  { call }: SsmContext,
  parameter: StoredParameter,
  selector: Selector | undefined,
  name: string,
): Promise<StoredVersion> {
  const { version = selector?.label === undefined ? parameter.version : versionOfLabel(parameter, selector.label) } =
    selector ?? {}
  const found = version === undefined ? undefined : await findVersion(call.store, parameter, version)
  if (found) return found
  // Without a selector the parameter itself has gone since it was looked up.
  throw selector ? versionNotFound(selector.text.slice(1), name) : parameterNotFound()
}

/** A version as reads answer it. */
export async function parameterView(
  { call }: SsmContext,
  parameter: StoredParameter,
  stored: StoredVersion,
  decrypts: boolean,
): Promise<Parameter> {
  const { type, value, version, dataType, modifiedAtMs } = stored
  const arn = arnIn(call, parameter)
  return {
    Name: parameter.name,
    Type: type,
    Value: decrypts && type === 'SecureString' ? await decryptValue(call, stored, arn) : value,
    Version: version,
    LastModifiedDate: new Date(modifiedAtMs),
    ARN: arn,
    DataType: dataType,
  }
}

/** A public parameter as reads answer it. */
export const publicView = (place: Place, parameter: PublicParameter): Parameter => ({
  Name: parameter.qualified,
  Type: parameter.type,
  Value: parameter.value,
  Version: parameter.version,
  LastModifiedDate: new Date(parameter.modifiedAtMs),
  ARN: publicArn(place, parameter.qualified),
  DataType: parameter.dataType,
})
