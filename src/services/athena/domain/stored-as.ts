/** The classes that read and write a format, as the catalogue names them. */
interface StoredAs {
  serde: string
  inputFormat: string
  outputFormat: string
}

const textInput = 'org.apache.hadoop.mapred.TextInputFormat'
const textOutput = 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
const lazySerde = 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'

const formats: Readonly<Record<string, StoredAs>> = {
  textfile: { serde: lazySerde, inputFormat: textInput, outputFormat: textOutput },
  json: { serde: 'org.openx.data.jsonserde.JsonSerDe', inputFormat: textInput, outputFormat: textOutput },
  jsonfile: { serde: 'org.openx.data.jsonserde.JsonSerDe', inputFormat: textInput, outputFormat: textOutput },
  parquet: {
    serde: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
  },
}

/** The classes of a format; undefined for one that is not read here. */
export const storedAs = (format: string): StoredAs | undefined =>
  Object.hasOwn(formats, format.toLowerCase()) ? formats[format.toLowerCase()] : undefined

export const defaultFormat: StoredAs = { serde: lazySerde, inputFormat: textInput, outputFormat: textOutput }
