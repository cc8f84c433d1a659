import { formatArn, parseArn } from '../../../core/arn.ts'
import { settingNotFound, settingValueInvalid } from './errors.ts'
import type { Place } from './parameter-name.ts'

/** A setting that an account has chosen, under its id. Times are epoch milliseconds. */
export interface StoredSetting {
  value: string
  modifiedAtMs: number
  /** ARN of who chose it. */
  modifiedBy: string
}

interface SettingRule {
  default: string
  /** Absent where any text is taken. */
  values?: readonly string[]
}

export const defaultTierSetting = '/ssm/parameter-store/default-parameter-tier'
export const highThroughputSetting = '/ssm/parameter-store/high-throughput-enabled'

/**
 * The settings of Systems Manager, with the values that its API reference lists. Those outside Parameter Store are kept and
 * answered; nothing here acts on them.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateServiceSetting.html
 */
const rules: Readonly<Record<string, SettingRule>> = {
  [defaultTierSetting]: { default: 'Standard', values: ['Standard', 'Advanced', 'Intelligent-Tiering'] },
  [highThroughputSetting]: { default: 'false', values: ['true', 'false'] },
  '/ssm/appmanager/appmanager-enabled': { default: 'False', values: ['True', 'False'] },
  '/ssm/automation/customer-script-log-destination': { default: 'None', values: ['CloudWatch', 'None'] },
  '/ssm/automation/customer-script-log-group-name': { default: 'None' },
  '/ssm/automation/enable-adaptive-concurrency': { default: 'false', values: ['true', 'false'] },
  '/ssm/documents/console/public-sharing-permission': { default: 'Enable', values: ['Enable', 'Disable'] },
  '/ssm/managed-instance/activation-tier': { default: 'standard', values: ['standard', 'advanced'] },
  '/ssm/managed-instance/default-ec2-instance-management-role': { default: 'None' },
  '/ssm/opsinsights/opscenter': { default: 'Disabled', values: ['Enabled', 'Disabled'] },
}

/** Reads the id of a setting, given as its path or its ARN. @throws ServiceError ServiceSettingNotFound. */
export function checkSettingId(text: string, place: Place): string {
  const id = text.startsWith('arn:') ? idInArn(text, place) : text
  if (id === undefined || !Object.hasOwn(rules, id)) throw settingNotFound()
  return id
}

function idInArn(text: string, place: Place): string | undefined {
  const id = text.slice(text.indexOf(':servicesetting/') + ':servicesetting'.length)
  return parseArn(text) && settingArn(place, id) === text ? id : undefined
}

/** @throws ServiceError ValidationException. */
export function checkSettingValue(settingId: string, value: string): void {
  const { values } = rules[settingId] ?? {}
  if (values && !values.includes(value)) throw settingValueInvalid(settingId, `one of ${values.join(', ')}`)
}

export const defaultOf = (settingId: string): string => rules[settingId]?.default ?? ''

export const settingArn = ({ partition, region, accountId }: Place, settingId: string): string =>
  formatArn({ partition, service: 'ssm', region, accountId, resource: `servicesetting${settingId}` })
