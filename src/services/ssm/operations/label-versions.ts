import type {
  LabelParameterVersionRequest,
  LabelParameterVersionResult,
  UnlabelParameterVersionRequest,
  UnlabelParameterVersionResult,
} from '@aws-sdk/client-ssm'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { parameterNotFound, versionNotFound } from '../domain/errors.ts'
import { attachLabels, detachLabels } from '../domain/labels.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { checkWrittenName, qualifiedName } from '../domain/parameter-name.ts'
import type { SsmContext } from '../ssm-context.ts'
import { findParameter, putParameter } from '../storage/parameter-store.ts'
import { publishChange } from './change-events.ts'
import { arnIn } from './permissions.ts'

/**
 * Attaches labels to a version, the latest one when none is named; a label on another version moves.
 * @returns labels whose form is wrong in `InvalidLabels`; the others are attached.
 * @throws ServiceError ParameterNotFound, ParameterVersionNotFound, ParameterVersionLabelLimitExceeded.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html
 */
export async function labelParameterVersion(
  { call }: SsmContext,
  { Name, Labels, ParameterVersion }: Validated<LabelParameterVersionRequest>,
): Promise<LabelParameterVersionResult> {
  const name = checkWrittenName(Name, call)
  return call.transaction(async (tx) => {
    const { parameter, version } = await findLabelled(tx, call, name, ParameterVersion)
    const { labels, invalid } = attachLabels(parameter, version, Labels)
    if (invalid.length < new Set(Labels).size) {
      await putParameter(tx, { ...parameter, labels })
      await publishChange(tx, arnIn(call, parameter), parameter, 'LabelParameterVersion', call.clock.nowMs())
    }
    return { InvalidLabels: invalid, ParameterVersion: version }
  })
}

/**
 * @returns what was taken in `RemovedLabels`; what the version did not have in `InvalidLabels`.
 * @throws ServiceError ParameterNotFound, ParameterVersionNotFound.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UnlabelParameterVersion.html
 */
export async function unlabelParameterVersion(
  { call }: SsmContext,
  { Name, Labels, ParameterVersion }: Validated<UnlabelParameterVersionRequest>,
): Promise<UnlabelParameterVersionResult> {
  const name = checkWrittenName(Name, call)
  return call.transaction(async (tx) => {
    const { parameter, version } = await findLabelled(tx, call, name, ParameterVersion)
    const { labels, removed, invalid } = detachLabels(parameter, version, Labels)
    if (removed.length > 0) await putParameter(tx, { ...parameter, labels })
    return { RemovedLabels: removed, InvalidLabels: invalid }
  })
}

async function findLabelled(
  tx: Transaction,
  scope: { accountId: string; region: string },
  name: string,
  wanted: number | undefined,
): Promise<{ parameter: StoredParameter; version: number }> {
  const parameter = await findParameter(tx, scope, qualifiedName(name))
  if (!parameter) throw parameterNotFound()
  const version = wanted ?? parameter.version
  if (version < parameter.oldestVersion || version > parameter.version) throw versionNotFound(version, name)
  return { parameter, version }
}
