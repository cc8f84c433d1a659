import type { Column, Table } from '@aws-sdk/client-glue'
import { HiveTypeError, readHiveType } from '../../../kit/sql-queries/hive-types.ts'
import type { SourceColumn, SourceFormat } from '../../../kit/sql-queries/sources.ts'
import { SqlError } from '../../../kit/sql-queries/sql-error.ts'

/** The columns of a table of the catalogue. @throws SqlError HIVE_INVALID_METADATA. */
export const sourceColumns = (columns: readonly Column[] = []): SourceColumn[] =>
  columns.map(({ Name = '', Type = 'string' }) => {
    try {
      return { name: Name.toLowerCase(), type: readHiveType(Type) }
    } catch (failure) {
      if (!(failure instanceof HiveTypeError)) throw failure
      throw new SqlError('HIVE_INVALID_METADATA', `Column ${Name} has an invalid type '${Type}': ${failure.message}`)
    }
  })

/** Returns how the files of a table are read. @throws SqlError NOT_SUPPORTED. */
export function sourceFormat({ Name, StorageDescriptor: storage, Parameters: parameters = {} }: Table): SourceFormat {
  const serde = storage?.SerdeInfo?.SerializationLibrary ?? ''
  const properties = storage?.SerdeInfo?.Parameters ?? {}
  const isCloudTrail = /CloudTrailInputFormat$/.test(storage?.InputFormat ?? '') || /CloudTrailSerde$/.test(serde)
  if (isCloudTrail) return { kind: 'cloudtrail' }
  if (/ParquetHiveSerDe$/.test(serde)) return { kind: 'parquet' }
  if (/hcatalog\.data\.JsonSerDe$|serde2\.JsonSerDe$/.test(serde)) return { kind: 'json', ignoresCase: true }
  if (/openx\.data\.jsonserde\.JsonSerDe$/.test(serde)) {
    const names = Object.entries(properties).flatMap(([name, value]) =>
      name.startsWith('mapping.') ? [[name.slice('mapping.'.length).toLowerCase(), value] as const] : [],
    )
    return {
      ...{ kind: 'json', ignoresCase: properties['case.insensitive'] !== 'false', names: Object.fromEntries(names) },
      ignoresMalformed: properties['ignore.malformed.json'] === 'true',
    }
  }
  const skippedLines = Number(parameters['skip.header.line.count'] ?? properties['skip.header.line.count'] ?? 0) || 0
  if (/OpenCSVSerde$/.test(serde)) {
    return {
      ...{ kind: 'text', delimiter: properties.separatorChar || ',', quote: properties.quoteChar || '"', skippedLines },
      escape: properties.escapeChar || '\\',
    }
  }
  if (/LazySimpleSerDe$/.test(serde) || serde === '') {
    const delimiter = properties['field.delim'] ?? properties['serialization.format'] ?? '\u0001'
    return {
      // Without a delimiter that is said, the number 1 stands for the character.
      ...{ kind: 'text', delimiter: delimiter === '1' ? '\u0001' : delimiter, skippedLines },
      ...{ nullText: properties['serialization.null.format'] ?? '\\N' },
      elementDelimiter: properties['collection.delim'] ?? properties['colelction.delim'] ?? '\u0002',
      keyDelimiter: properties['mapkey.delim'] ?? '\u0003',
    }
  }
  throw new SqlError('NOT_SUPPORTED', `Table ${Name}: files with the SerDe ${serde} are not supported`)
}
