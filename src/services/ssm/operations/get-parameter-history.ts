import type { GetParameterHistoryRequest, GetParameterHistoryResult, ParameterHistory } from '@aws-sdk/client-ssm'
import type { Permission, Validated } from '../../../core/operation.ts'
import { sealPageToken } from '../../../kit/page-token.ts'
import { nameReserved, parameterNotFound } from '../domain/errors.ts'
import { labelsOf, type StoredParameter, type StoredVersion } from '../domain/parameter.ts'
import { answeredName, type ParameterReference } from '../domain/parameter-reference.ts'
import { parseReadTarget } from '../domain/read-target.ts'
import type { SsmContext } from '../ssm-context.ts'
import { listVersions } from '../storage/parameter-store.ts'
import { factsView } from './metadata-views.ts'
import { openPlace } from './page-tokens.ts'
import { arnIn, parameterPermission, parameterResource } from './permissions.ts'
import { decryptValue } from './secure-values.ts'

type Request = Validated<GetParameterHistoryRequest>

export const getParameterHistoryPermissions = async (context: SsmContext, { Name }: Request): Promise<Permission[]> => [
  await parameterPermission(context, historyTarget(context, Name)),
]

/**
 * All versions that are kept, oldest first, each with what it was.
 * @throws ServiceError ParameterNotFound, InvalidNextToken, InvalidKeyId.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html
 */
export async function getParameterHistory(
  context: SsmContext,
  { Name, WithDecryption = false, MaxResults = 50, NextToken }: Request,
): Promise<GetParameterHistoryResult> {
  const { call, parameters } = context
  const reference = historyTarget(context, Name)
  const { accountId, qualified } = reference
  const list = [accountId, qualified]
  const fromVersion = Number(openPlace(context, list, NextToken) || 1)
  const parameter = await parameters.find({ accountId, qualified })
  if (!parameter) throw parameterNotFound()
  call.note({ resources: [parameterResource(accountId, arnIn(call, parameter))] })
  const found = await listVersions(call.store, parameter, fromVersion, MaxResults)
  const Parameters = await Promise.all(
    found.map(async (version) => ({
      ...(await historyView(context, parameter, version, WithDecryption)),
      Name: answeredName(reference, parameter.name),
    })),
  )
  const next = (found.at(-1)?.version ?? parameter.version) + 1
  return { Parameters, ...(next <= parameter.version && { NextToken: sealPageToken(context, list, String(next)) }) }
}

function historyTarget({ call }: SsmContext, text: string): ParameterReference {
  const target = parseReadTarget(text, call)
  if (target.kind !== 'stored') throw nameReserved(target.qualified)
  if (target.selector) throw parameterNotFound()
  return target
}

async function historyView(
  { call }: SsmContext,
  parameter: StoredParameter,
  version: StoredVersion,
  decrypts: boolean,
): Promise<ParameterHistory> {
  const opens = decrypts && version.type === 'SecureString'
  return {
    ...factsView(version),
    Value: opens ? await decryptValue(call, version, arnIn(call, parameter)) : version.value,
    Labels: labelsOf(parameter, version.version),
  }
}
