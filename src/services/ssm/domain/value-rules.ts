import type { ParameterType } from '@aws-sdk/client-ssm'
import { dataTypeNotForType, dataTypeUnknown, imageIdMalformed, integrationMalformed, valueNests } from './errors.ts'

export const textDataType = 'text'
export const imageDataType = 'aws:ec2:image'
const integrationDataType = 'aws:ssm:integration'

/** Where parameters for integrations stand. */
const integrationPath = '/d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/webhook/'

/** @throws ServiceError ValidationException. */
export function checkDataType(dataType: string, type: ParameterType, value: string, qualified: string): void {
  switch (dataType) {
    case textDataType:
      return
    case imageDataType:
      if (type !== 'String') throw dataTypeNotForType(dataType, type)
      if (!/^ami-[0-9a-f]{8,17}$/.test(value)) throw imageIdMalformed()
      return
    case integrationDataType:
      if (type !== 'SecureString') throw dataTypeNotForType(dataType, type)
      if (!qualified.startsWith(integrationPath) || !hasUrl(value)) throw integrationMalformed()
      return
    default:
      throw dataTypeUnknown(dataType)
  }
}

function hasUrl(value: string): boolean {
  try {
    return typeof JSON.parse(value)?.url === 'string'
  } catch {
    return false
  }
}

/** @throws ServiceError ValidationException. */
export function checkNesting(value: string): void {
  const opening = value.indexOf('{{')
  if (opening >= 0 && value.includes('}}', opening + 2)) throw valueNests()
}
