import { HiveTypeError, printHiveType, readHiveType } from '../../../kit/sql-queries/hive-types.ts'
import { placeOf, SqlError } from '../../../kit/sql-queries/sql-error.ts'
import { nameIn, type Token } from '../../../kit/sql-queries/trino/tokens.ts'
import type { CreateTableDdl, Ddl, DdlColumn, DdlPartition, TableName } from './ddl-statements.ts'
import { storedAs } from './stored-as.ts'

/**
 * Reads a DDL statement in Hive's dialect, as far as Athena takes it.
 * @throws SqlError SYNTAX_ERROR, NOT_SUPPORTED.
 * @see https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
 */
export const readDdl = (text: string, tokens: readonly Token[]): Ddl => new DdlReader(text, tokens).read()

class DdlReader {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text
    this.#tokens = tokens
  }

  read(): Ddl {
    const ddl = this.#statement()
    if (this.#at < this.#tokens.length) throw this.#refusal()
    return ddl
  }

  #statement(): Ddl {
    if (this.#skip('CREATE')) {
      if (this.#skip('EXTERNAL')) {
        this.#expect('TABLE')
        return this.#createTable()
      }
      this.#expectAny('DATABASE', 'SCHEMA')
      return this.#createDatabase()
    }
    if (this.#skip('DROP')) return this.#drop()
    if (this.#skip('ALTER')) return this.#alter()
    if (this.#skip('SHOW')) return this.#show()
    if (this.#skip('MSCK')) {
      this.#expect('REPAIR')
      this.#expect('TABLE')
      return { kind: 'repairTable', table: this.#table() }
    }
    this.#expectAny('DESCRIBE', 'DESC')
    const isFormatted = this.#skip('FORMATTED') || this.#skip('EXTENDED')
    return { kind: 'describe', table: this.#table(), isFormatted }
  }

  #createDatabase(): Ddl {
    const ifNotExists = this.#ifNotExists()
    const name = this.#name()
    const comment = this.#skip('COMMENT') ? this.#string() : undefined
    const location = this.#skip('LOCATION') ? this.#string() : undefined
    const properties = this.#skip('WITH', 'DBPROPERTIES') ? this.#properties() : {}
    return {
      ...{ kind: 'createDatabase', name, ifNotExists, properties },
      ...(comment !== undefined && { comment }),
      ...(location !== undefined && { location }),
    }
  }

  #createTable(): CreateTableDdl {
    const ifNotExists = this.#ifNotExists()
    const table = this.#table()
    const columns = this.#columns()
    const found: Partial<CreateTableDdl> = {}
    let partitionColumns: DdlColumn[] = []
    const serdeProperties: Record<string, string> = {}
    let properties: Record<string, string> = {}
    for (;;) {
      if (this.#skip('COMMENT')) found.comment = this.#string()
      else if (this.#skip('PARTITIONED', 'BY')) partitionColumns = this.#columns()
      else if (this.#skip('CLUSTERED')) throw this.#notSupported('CLUSTERED BY')
      else if (this.#skip('ROW', 'FORMAT')) this.#rowFormat(found, serdeProperties)
      else if (this.#skip('WITH', 'SERDEPROPERTIES')) Object.assign(serdeProperties, this.#properties())
      else if (this.#skip('STORED', 'AS')) this.#storedAs(found)
      else if (this.#skip('LOCATION')) found.location = this.#string()
      else if (this.#skip('TBLPROPERTIES')) properties = this.#properties()
      else break
    }
    const { location } = found
    if (location === undefined)
      throw new SqlError('SYNTAX_ERROR', "missing 'LOCATION'", placeOf(this.#text, this.#text.length))
    return {
      ...found,
      kind: 'createTable',
      table,
      ifNotExists,
      columns,
      partitionColumns,
      serdeProperties,
      location,
      properties,
    }
  }

  #rowFormat(found: Partial<CreateTableDdl>, serdeProperties: Record<string, string>): void {
    if (this.#skip('SERDE')) {
      found.serde = this.#string()
      return
    }
    this.#expect('DELIMITED')
    found.serde = 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'
    for (;;) {
      if (this.#skip('FIELDS', 'TERMINATED', 'BY')) {
        serdeProperties['field.delim'] = this.#string()
        serdeProperties['serialization.format'] = serdeProperties['field.delim']
      } else if (this.#skip('ESCAPED', 'BY')) serdeProperties['escape.delim'] = this.#string()
      else if (this.#skip('COLLECTION', 'ITEMS', 'TERMINATED', 'BY'))
        serdeProperties['collection.delim'] = this.#string()
      else if (this.#skip('MAP', 'KEYS', 'TERMINATED', 'BY')) serdeProperties['mapkey.delim'] = this.#string()
      else if (this.#skip('LINES', 'TERMINATED', 'BY')) serdeProperties['line.delim'] = this.#string()
      else if (this.#skip('NULL', 'DEFINED', 'AS')) serdeProperties['serialization.null.format'] = this.#string()
      else return
    }
  }

  #storedAs(found: Partial<CreateTableDdl>): void {
    if (this.#skip('INPUTFORMAT')) {
      found.inputFormat = this.#string()
      this.#expect('OUTPUTFORMAT')
      found.outputFormat = this.#string()
      return
    }
    const word = this.#name()
    const format = storedAs(word)
    if (!format) throw this.#notSupported(`STORED AS ${word.toUpperCase()}`)
    found.inputFormat = format.inputFormat
    found.outputFormat = format.outputFormat
    found.serde ??= format.serde
  }

  #drop(): Ddl {
    const what = this.#expectAny('DATABASE', 'SCHEMA', 'TABLE', 'VIEW')
    const ifExists = this.#skip('IF', 'EXISTS')
    if (what === 'TABLE' || what === 'VIEW') {
      return { kind: 'dropTable', table: this.#table(), ifExists, isView: what === 'VIEW' }
    }
    const name = this.#name()
    const cascade = this.#skip('CASCADE')
    if (!cascade) this.#skip('RESTRICT')
    return { kind: 'dropDatabase', name, ifExists, cascade }
  }

  #alter(): Ddl {
    this.#expect('TABLE')
    const table = this.#table()
    if (this.#skip('ADD')) {
      if (this.#skip('COLUMNS')) return { kind: 'addColumns', table, columns: this.#columns() }
      const ifNotExists = this.#ifNotExists()
      return { kind: 'addPartitions', table, ifNotExists, partitions: this.#partitions() }
    }
    if (this.#skip('DROP')) {
      const ifExists = this.#skip('IF', 'EXISTS')
      return { kind: 'dropPartitions', table, ifExists, partitions: this.#partitions() }
    }
    this.#expect('SET')
    if (this.#skip('LOCATION')) return { kind: 'setLocation', table, location: this.#string() }
    this.#expect('TBLPROPERTIES')
    return { kind: 'setProperties', table, properties: this.#properties() }
  }

  #partitions(): DdlPartition[] {
    const partitions: DdlPartition[] = []
    while (this.#skip('PARTITION')) {
      this.#expect('(')
      const values: Record<string, string> = {}
      do {
        const name = this.#name()
        this.#expect('=')
        values[name] = this.#value()
      } while (this.#skip(','))
      this.#expect(')')
      const location = this.#skip('LOCATION') ? this.#string() : undefined
      partitions.push({ values, ...(location !== undefined && { location }) })
      this.#skip(',')
    }
    if (partitions.length === 0) throw this.#refusal()
    return partitions
  }

  #show(): Ddl {
    const what = this.#expectAny(
      'DATABASES',
      'SCHEMAS',
      'TABLES',
      'VIEWS',
      'COLUMNS',
      'PARTITIONS',
      'CREATE',
      'TBLPROPERTIES',
    )
    switch (what) {
      case 'DATABASES':
      case 'SCHEMAS':
        return { kind: 'showDatabases', ...this.#pattern() }
      case 'TABLES':
      case 'VIEWS': {
        const database = this.#skip('IN') || this.#skip('FROM') ? this.#name() : undefined
        return {
          kind: 'showTables',
          views: what === 'VIEWS',
          ...(database !== undefined && { database }),
          ...this.#pattern(),
        }
      }
      case 'COLUMNS': {
        this.#expectAny('IN', 'FROM')
        const table = this.#table()
        const database = this.#skip('IN') || this.#skip('FROM') ? this.#name() : undefined
        return { kind: 'showColumns', table: database === undefined ? table : { ...table, database } }
      }
      case 'PARTITIONS':
        return { kind: 'showPartitions', table: this.#table() }
      case 'TBLPROPERTIES': {
        const table = this.#table()
        if (!this.#skip('(')) return { kind: 'showProperties', table }
        const name = this.#string()
        this.#expect(')')
        return { kind: 'showProperties', table, name }
      }
      default: {
        const isView = this.#expectAny('TABLE', 'VIEW') === 'VIEW'
        return { kind: 'showCreateTable', table: this.#table(), isView }
      }
    }
  }

  #pattern(): { pattern?: string } {
    this.#skip('LIKE')
    return this.#isString() ? { pattern: this.#string() } : {}
  }

  #columns(): DdlColumn[] {
    const columns: DdlColumn[] = []
    this.#expect('(')
    do {
      const name = this.#name()
      const type = this.#type()
      const comment = this.#skip('COMMENT') ? this.#string() : undefined
      columns.push({ name, type, ...(comment !== undefined && { comment }) })
    } while (this.#skip(','))
    this.#expect(')')
    const names = columns.map(({ name }) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined)
      throw new SqlError('SYNTAX_ERROR', `Duplicate column name ${twice} in the table definition.`)
    return columns
  }

  /** The text up to what ends a column. */
  #type(): string {
    const from = this.#peek()
    let depth = 0
    const begin = this.#at
    for (; this.#at < this.#tokens.length; this.#at++) {
      const { text = '', kind } = this.#peek() ?? {}
      if (depth === 0 && (text === ',' || text === ')' || (kind === 'word' && /^comment$/i.test(text)))) break
      if (text === '<' || text === '(') depth++
      if (text === '>' || text === ')') depth--
      // Two signs that stand together are read as one.
      if (text === '<>' || text === '>=') break
    }
    const last = this.#tokens[this.#at - 1]
    if (!from || !last || this.#at === begin) throw this.#refusal()
    try {
      return printHiveType(readHiveType(this.#text.slice(from.start, last.end)))
    } catch (failure) {
      if (!(failure instanceof HiveTypeError)) throw failure
      throw new SqlError('SYNTAX_ERROR', `Invalid type: ${failure.message}`, placeOf(this.#text, from.start))
    }
  }

  #properties(): Record<string, string> {
    const properties: Record<string, string> = {}
    this.#expect('(')
    do {
      const name = this.#string()
      this.#expect('=')
      properties[name] = this.#value()
    } while (this.#skip(','))
    this.#expect(')')
    return properties
  }

  #table(): TableName {
    const parts = [this.#name()]
    while (this.#skip('.')) parts.push(this.#name())
    const [name = '', database] = parts.toReversed()
    return { name, ...(database !== undefined && { database }) }
  }

  #ifNotExists = () => this.#skip('IF', 'NOT', 'EXISTS')

  #peek = () => this.#tokens[this.#at]

  #name(): string {
    const token = this.#peek()
    if (!token || !['word', 'backquoted', 'quoted'].includes(token.kind)) throw this.#refusal()
    this.#at++
    return nameIn(token)
  }

  #isString = () => ['string', 'quoted'].includes(this.#peek()?.kind ?? '')

  #string(): string {
    const token = this.#peek()
    if (!token || !this.#isString()) throw this.#refusal()
    this.#at++
    const mark = token.text[0] ?? "'"
    return unescaped(token.text.slice(1, -1).replaceAll(mark + mark, mark))
  }

  #value(): string {
    if (this.#isString()) return this.#string()
    const token = this.#peek()
    if (!token || (token.kind !== 'number' && token.kind !== 'word')) throw this.#refusal()
    this.#at++
    return token.text
  }

  #skip(...words: string[]): boolean {
    const isNext = words.every((word, index) => {
      const token = this.#tokens[this.#at + index]
      return token?.text.toUpperCase() === word && (token.kind === 'word' || token.kind === 'sign')
    })
    if (isNext) this.#at += words.length
    return isNext
  }

  #expect(word: string): void {
    if (!this.#skip(word)) throw this.#refusal([word])
  }

  #expectAny(...words: string[]): string {
    const found = words.find((word) => this.#skip(word))
    if (!found) throw this.#refusal(words)
    return found
  }

  #refusal(expected: readonly string[] = []): SqlError {
    const token = this.#peek()
    const expecting = expected.length > 0 ? `. Expecting: ${expected.map((word) => `'${word}'`).join(', ')}` : ''
    const place = placeOf(this.#text, token?.start ?? this.#text.length)
    return new SqlError('SYNTAX_ERROR', `mismatched input '${token?.text ?? '<EOF>'}'${expecting}`, place)
  }

  #notSupported(what: string): SqlError {
    const token = this.#tokens[this.#at - 1]
    return new SqlError('NOT_SUPPORTED', `${what} is not supported`, placeOf(this.#text, token?.start ?? 0))
  }
}

/** Hive's escapes: `\t`, `\001`, `\u0001`. */
const unescaped = (text: string): string =>
  text.replace(/\\(u[0-9a-fA-F]{4}|[0-7]{3}|[\s\S])/g, (_found, escaped: string) => {
    if (/^u/.test(escaped)) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    if (/^[0-7]{3}$/.test(escaped)) return String.fromCharCode(Number.parseInt(escaped, 8))
    return { t: '\t', n: '\n', r: '\r', b: '\b', 0: '\0' }[escaped] ?? escaped
  })
