import { ServiceError } from '../../../core/service-error.ts'
import { checkForm, isPublicName } from './parameter-name.ts'
import { everyRegion, type ImportedParameter } from './public-parameter.ts'
import { quotas } from './quotas.ts'
import { imageDataType, textDataType } from './value-rules.ts'

/** A public parameter as an import file has it: DescribeParameters' and GetParameter's members, and a region. */
export interface ImportEntry {
  Name: string
  Value: string
  /** Default 1. */
  Version?: number
  /** ISO 8601. Default: the time of the import. */
  LastModifiedDate?: string
  /** Default `text`. */
  DataType?: string
  /** Default: every region. */
  Region?: string
}

/** What an import brings for one region, or for every one. */
export interface PlacedParameter {
  region: string
  parameter: ImportedParameter
}

/**
 * Checks entries as a file or a request brings them.
 * @throws ServiceError ValidationException - says which entry is wrong, and how.
 */
export function readImport(entries: unknown, nowMs: number): PlacedParameter[] {
  if (!Array.isArray(entries)) throw wrong('parameters', 'must be a list')
  return entries.map((entry: unknown, index) => readEntry(entry, `parameters[${index}]`, nowMs))
}

const members = new Set(['Name', 'Value', 'Version', 'LastModifiedDate', 'DataType', 'Region'])

function readEntry(entry: unknown, where: string, nowMs: number): PlacedParameter {
  if (typeof entry !== 'object' || entry === null) throw wrong(where, 'must be an object')
  const unknown = Object.keys(entry).find((member) => !members.has(member))
  if (unknown !== undefined) throw wrong(`${where}.${unknown}`, `is none of ${[...members].join(', ')}`)
  const {
    Name,
    Value,
    Version = 1,
    LastModifiedDate,
    DataType = textDataType,
    Region = everyRegion,
  } = entry as Record<string, unknown>
  if (typeof Name !== 'string' || !isPublicName(Name) || !hasForm(Name)) {
    throw wrong(`${where}.Name`, 'must be a name under /aws/service/')
  }
  if (typeof Value !== 'string' || Value === '' || Buffer.byteLength(Value) > quotas.advancedValueBytes) {
    throw wrong(`${where}.Value`, `must be a text of 1 to ${quotas.advancedValueBytes} bytes`)
  }
  if (typeof Version !== 'number' || !Number.isSafeInteger(Version) || Version < 1) {
    throw wrong(`${where}.Version`, 'must be a whole number from 1')
  }
  if (DataType !== textDataType && DataType !== imageDataType) {
    throw wrong(`${where}.DataType`, `must be ${textDataType} or ${imageDataType}`)
  }
  if (typeof Region !== 'string' || !/^([a-z]{2}(-[a-z]+)+-\d+|\*)$/.test(Region)) {
    throw wrong(`${where}.Region`, 'must be a region, or * for every region')
  }
  const modifiedAtMs = LastModifiedDate === undefined ? nowMs : Date.parse(String(LastModifiedDate))
  if (Number.isNaN(modifiedAtMs))
    throw wrong(`${where}.LastModifiedDate`, 'must be a time such as 2026-03-01T12:00:00Z')
  return {
    region: Region,
    parameter: { qualified: Name, value: Value, version: Version, modifiedAtMs, dataType: DataType },
  }
}

function hasForm(name: string): boolean {
  try {
    checkForm(name)
    return true
  } catch (refused) {
    if (refused instanceof ServiceError) return false
    throw refused
  }
}

const wrong = (where: string, problem: string) => new ServiceError('ValidationException', 400, `${where} ${problem}.`)
