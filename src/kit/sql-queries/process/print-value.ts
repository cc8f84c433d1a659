import {
  type DuckDBArrayType,
  DuckDBBlobValue,
  DuckDBDateValue,
  type DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  type DuckDBListType,
  DuckDBListValue,
  type DuckDBMapType,
  DuckDBMapValue,
  type DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'
import { dayMs } from '../../../core/durations.ts'
import type { ResultColumn } from '../sources.ts'

// Values as Athena prints them in its results: https://docs.aws.amazon.com/athena/latest/ug/querying.html

/** Prints a value of a type; NULL is null. */
export function printValue(value: DuckDBValue, type: DuckDBType): string | null {
  if (value === null) return null
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return isFloating(type) ? printDouble(value) : String(value)
  if (value instanceof DuckDBListValue) {
    const { valueType } = type as DuckDBListType | DuckDBArrayType
    return `[${value.items.map((item) => printInner(item, valueType)).join(', ')}]`
  }
  if (value instanceof DuckDBStructValue) {
    const { entryNames, entryTypes } = type as DuckDBStructType
    const fields = entryNames.map((name, index) => {
      const text = printInner(value.entries[name] ?? null, entryTypes[index] ?? type)
      return `${name === '' ? `field${index}` : name.toLowerCase()}=${text}`
    })
    return `{${fields.join(', ')}}`
  }
  if (value instanceof DuckDBMapValue) {
    const { keyType, valueType } = type as DuckDBMapType
    const entries = value.entries.map(
      ({ key, value: inner }) => `${printInner(key, keyType)}=${printInner(inner, valueType)}`,
    )
    return `{${entries.join(', ')}}`
  }
  if (value instanceof DuckDBBlobValue)
    return Buffer.from(value.bytes)
      .toString('hex')
      .replace(/..(?=.)/g, '$& ')
  if (value instanceof DuckDBDateValue) return printDate(value.days)
  if (value instanceof DuckDBTimestampTZValue) return `${printMicros(value.micros)} UTC`
  if (value instanceof DuckDBTimestampValue) return printMicros(value.micros)
  if (value instanceof DuckDBTimeValue) return printMicros(value.micros).slice(11)
  if (value instanceof DuckDBIntervalValue) return printInterval(value)
  if (value instanceof DuckDBDecimalValue) return value.toString()
  if ('millis' in value && typeof value.millis === 'bigint') return printMicros(value.millis * 1000n)
  if ('seconds' in value && typeof value.seconds === 'bigint') return printMicros(value.seconds * 1_000_000n)
  if ('nanos' in value && typeof value.nanos === 'bigint') return printMicros(value.nanos / 1000n)
  return String(value)
}

const printInner = (value: DuckDBValue, type: DuckDBType): string => printValue(value, type) ?? 'null'

const isFloating = ({ typeId }: DuckDBType) => typeId === DuckDBTypeId.DOUBLE || typeId === DuckDBTypeId.FLOAT

/** As Java prints it: `1.0`, `1.0E10`, `NaN`. */
function printDouble(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value)) return String(value)
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e')
    return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`
  }
  return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value)
}

function printDate(days: number): string {
  const date = new Date(days * dayMs)
  return Number.isNaN(date.getTime()) ? `${days} days` : isoOf(date).slice(0, -13)
}

/** `2024-05-01 10:00:00.000` */
function printMicros(micros: bigint): string {
  const millis = micros < 0n && micros % 1000n !== 0n ? micros / 1000n - 1n : micros / 1000n
  const date = new Date(Number(millis))
  return Number.isNaN(date.getTime()) ? `${micros} microseconds` : isoOf(date)
}

const isoOf = (date: Date) => date.toISOString().replace('T', ' ').replace('Z', '')

/** `2 03:04:05.678`, or `1-2` of years and months. */
function printInterval({ months, days, micros }: DuckDBIntervalValue): string {
  if (months !== 0) return `${Math.trunc(months / 12)}-${Math.abs(months % 12)}`
  const total = Number(micros / 1000n) + days * dayMs
  const rest = Math.abs(total) % dayMs
  return `${total < 0 ? '-' : ''}${Math.trunc(Math.abs(total) / dayMs)} ${isoOf(new Date(rest)).slice(11)}`
}

/** Describes a column of a result. */
export function describeColumn(name: string, type: DuckDBType): ResultColumn {
  if (type.typeId === DuckDBTypeId.DECIMAL) {
    const { width: precision, scale } = type as DuckDBDecimalType
    return { name, type: 'decimal', digits: { precision, scale }, hiveType: hiveTypeOf(type) }
  }
  const printed = type.alias === 'JSON' ? 'json' : (trinoNames.get(type.typeId) ?? 'varchar')
  return { name, type: printed, hiveType: hiveTypeOf(type) }
}

const trinoNames = new Map<DuckDBTypeId, string>([
  [DuckDBTypeId.BOOLEAN, 'boolean'],
  [DuckDBTypeId.TINYINT, 'tinyint'],
  [DuckDBTypeId.SMALLINT, 'smallint'],
  [DuckDBTypeId.INTEGER, 'integer'],
  [DuckDBTypeId.BIGINT, 'bigint'],
  // Sums of whole numbers are wider in DuckDB.
  [DuckDBTypeId.HUGEINT, 'bigint'],
  [DuckDBTypeId.UHUGEINT, 'bigint'],
  [DuckDBTypeId.UTINYINT, 'integer'],
  [DuckDBTypeId.USMALLINT, 'integer'],
  [DuckDBTypeId.UINTEGER, 'bigint'],
  [DuckDBTypeId.UBIGINT, 'bigint'],
  [DuckDBTypeId.FLOAT, 'float'],
  [DuckDBTypeId.DOUBLE, 'double'],
  [DuckDBTypeId.DATE, 'date'],
  [DuckDBTypeId.TIME, 'time'],
  [DuckDBTypeId.TIMESTAMP, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP_MS, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP_S, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP_NS, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP_TZ, 'timestamp with time zone'],
  [DuckDBTypeId.INTERVAL, 'interval day to second'],
  [DuckDBTypeId.BLOB, 'varbinary'],
  [DuckDBTypeId.LIST, 'array'],
  [DuckDBTypeId.ARRAY, 'array'],
  [DuckDBTypeId.MAP, 'map'],
  [DuckDBTypeId.STRUCT, 'row'],
  [DuckDBTypeId.SQLNULL, 'unknown'],
  [DuckDBTypeId.UUID, 'uuid'],
])

const hiveNames: Readonly<Record<string, string>> = {
  ...{ boolean: 'boolean', tinyint: 'tinyint', smallint: 'smallint', integer: 'int', bigint: 'bigint', float: 'float' },
  ...{
    double: 'double',
    date: 'date',
    timestamp: 'timestamp',
    'timestamp with time zone': 'timestamp',
    varbinary: 'binary',
  },
}

function hiveTypeOf(type: DuckDBType): string {
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType
      return `decimal(${width},${scale})`
    }
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return `array<${hiveTypeOf((type as DuckDBListType).valueType)}>`
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType
      return `map<${hiveTypeOf(keyType)},${hiveTypeOf(valueType)}>`
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType
      return `struct<${entryNames.map((name, index) => `${name.toLowerCase() || `field${index}`}:${hiveTypeOf(entryTypes[index] ?? type)}`).join(',')}>`
    }
    default:
      return hiveNames[trinoNames.get(type.typeId) ?? ''] ?? 'string'
  }
}
