import type {
  GetServiceSettingRequest,
  GetServiceSettingResult,
  ParameterTier,
  ResetServiceSettingRequest,
  ResetServiceSettingResult,
  ServiceSetting,
  UpdateServiceSettingRequest,
} from '@aws-sdk/client-ssm'
import type { Permission, Validated } from '../../../core/operation.ts'
import { printedArn } from '../../../core/principal.ts'
import type { Scope } from '../../../core/store.ts'
import type { Place } from '../domain/parameter-name.ts'
import {
  checkSettingId,
  checkSettingValue,
  defaultOf,
  defaultTierSetting,
  type StoredSetting,
  settingArn,
} from '../domain/service-settings.ts'
import type { SsmContext } from '../ssm-context.ts'
import { type Reader, scopeOf, settings } from '../storage/collections.ts'

export const onSetting = ({ call }: SsmContext, { SettingId }: { SettingId: string }): Permission[] => [
  { action: `ssm:${call.operation}`, resource: settingArn(call, checkSettingId(SettingId, call)) },
]

/** @throws ServiceError ServiceSettingNotFound. */
export async function getServiceSetting(
  { call }: SsmContext,
  { SettingId }: Validated<GetServiceSettingRequest>,
): Promise<GetServiceSettingResult> {
  const id = checkSettingId(SettingId, call)
  return { ServiceSetting: settingView(call, id, await call.store.in(settings).get(scopeOf(call), id)) }
}

/** @throws ServiceError ServiceSettingNotFound, ValidationException (a value that the setting does not take). */
export async function updateServiceSetting(
  { call }: SsmContext,
  { SettingId, SettingValue }: Validated<UpdateServiceSettingRequest>,
): Promise<object> {
  const id = checkSettingId(SettingId, call)
  checkSettingValue(id, SettingValue)
  const setting = {
    value: SettingValue,
    modifiedAtMs: call.clock.nowMs(),
    modifiedBy: printedArn(call.caller.principal),
  }
  return call.transaction(async (tx) => {
    await tx.in(settings).put(scopeOf(call), id, setting)
    return {}
  })
}

/** @returns the setting with its default. @throws ServiceError ServiceSettingNotFound. */
export async function resetServiceSetting(
  { call }: SsmContext,
  { SettingId }: Validated<ResetServiceSettingRequest>,
): Promise<ResetServiceSettingResult> {
  const id = checkSettingId(SettingId, call)
  return call.transaction(async (tx) => {
    await tx.in(settings).delete(scopeOf(call), id)
    return { ServiceSetting: settingView(call, id, undefined) }
  })
}

/** Returns what a setting is in an account and region: as chosen, or its default. */
export const settingValue = async (reader: Reader, scope: Scope, settingId: string): Promise<string> =>
  (await reader.in(settings).get(scopeOf(scope), settingId))?.value ?? defaultOf(settingId)

/** The tier of parameters for which none is asked. */
export const defaultTier = async (reader: Reader, scope: Scope): Promise<ParameterTier> =>
  (await settingValue(reader, scope, defaultTierSetting)) as ParameterTier

function settingView(place: Place, id: string, chosen: StoredSetting | undefined): ServiceSetting {
  return {
    SettingId: id,
    SettingValue: chosen?.value ?? defaultOf(id),
    LastModifiedDate: new Date(chosen?.modifiedAtMs ?? 0),
    LastModifiedUser: chosen?.modifiedBy ?? 'System',
    ARN: settingArn(place, id),
    Status: chosen ? 'Customized' : 'Default',
  }
}
