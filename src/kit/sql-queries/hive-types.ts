/** A type of a column, as Hive's DDL and the catalogue write it. Names are in lower case. */
export type HiveType =
  | { kind: 'primitive'; name: string; parameters: readonly number[] }
  | { kind: 'array'; element: HiveType }
  | { kind: 'map'; key: HiveType; value: HiveType }
  | { kind: 'struct'; fields: readonly HiveField[] }

export interface HiveField {
  name: string
  type: HiveType
}

/** A text that is not a type. The message says where. */
export class HiveTypeError extends Error {}

/** The primitive types, with what DuckDB calls them. */
const primitives: Readonly<Record<string, string>> = {
  ...{ boolean: 'BOOLEAN', tinyint: 'TINYINT', smallint: 'SMALLINT', int: 'INTEGER', integer: 'INTEGER' },
  ...{ bigint: 'BIGINT', float: 'FLOAT', real: 'FLOAT', double: 'DOUBLE', decimal: 'DECIMAL', numeric: 'DECIMAL' },
  ...{ string: 'VARCHAR', varchar: 'VARCHAR', char: 'VARCHAR', binary: 'BLOB', date: 'DATE', timestamp: 'TIMESTAMP' },
}

/** Reads `array<struct<arn:string,accountid:string>>`. @throws HiveTypeError */
export function readHiveType(text: string): HiveType {
  const reader = new TypeReader(text)
  const type = reader.type()
  reader.end()
  return type
}

const depthLimit = 50

class TypeReader {
  readonly #tokens: string[]
  #depth = 0

  constructor(text: string) {
    this.#tokens = text.match(/`(?:[^`]|``)+`|[\p{L}\p{N}_$.@-]+|[^\s]/gu) ?? []
  }

  type(): HiveType {
    if (++this.#depth > depthLimit) throw new HiveTypeError('the type is too deep')
    const name = this.#next().toLowerCase()
    const type = this.#typeOf(name)
    this.#depth--
    return type
  }

  #typeOf(name: string): HiveType {
    if (name === 'array') {
      this.#expect('<')
      const element = this.type()
      this.#expect('>')
      return { kind: 'array', element }
    }
    if (name === 'map') {
      this.#expect('<')
      const key = this.type()
      this.#expect(',')
      const value = this.type()
      this.#expect('>')
      return { kind: 'map', key, value }
    }
    if (name === 'struct') return { kind: 'struct', fields: this.#fields() }
    if (!Object.hasOwn(primitives, name)) throw new HiveTypeError(`type expected at '${name}'`)
    return { kind: 'primitive', name, parameters: this.#parameters() }
  }

  #fields(): HiveField[] {
    const fields: HiveField[] = []
    this.#expect('<')
    do {
      const name = this.#next()
        .replace(/^`(.*)`$/s, '$1')
        .replaceAll('``', '`')
        .toLowerCase()
      this.#expect(':')
      fields.push({ name, type: this.type() })
    } while (this.#skip(','))
    this.#expect('>')
    return fields
  }

  #parameters(): number[] {
    const parameters: number[] = []
    if (!this.#skip('(')) return parameters
    do parameters.push(Number(this.#next()))
    while (this.#skip(','))
    this.#expect(')')
    if (parameters.some((parameter) => !Number.isInteger(parameter)))
      throw new HiveTypeError('a length is not a number')
    return parameters
  }

  #next(): string {
    const token = this.#tokens.shift()
    if (token === undefined) throw new HiveTypeError('the type is not complete')
    return token
  }

  #skip(sign: string): boolean {
    if (this.#tokens[0] !== sign) return false
    this.#tokens.shift()
    return true
  }

  #expect(sign: string): void {
    const token = this.#next()
    if (token !== sign) throw new HiveTypeError(`'${sign}' expected at '${token}'`)
  }

  end(): void {
    if (this.#tokens.length > 0) throw new HiveTypeError(`unexpected '${this.#tokens[0]}'`)
  }
}

/** Prints a type as the catalogue writes it, without spaces. */
export function printHiveType(type: HiveType): string {
  switch (type.kind) {
    case 'primitive':
      return type.parameters.length > 0 ? `${type.name}(${type.parameters.join(',')})` : type.name
    case 'array':
      return `array<${printHiveType(type.element)}>`
    case 'map':
      return `map<${printHiveType(type.key)},${printHiveType(type.value)}>`
    case 'struct':
      return `struct<${type.fields.map(({ name, type: inner }) => `${name}:${printHiveType(inner)}`).join(',')}>`
  }
}

/**
 * Prints a type as DuckDB writes it.
 * @param spell - the spelling of a field of a row in the data, where it is another than its name.
 */
export function duckdbType(
  type: HiveType,
  spell: (path: readonly string[]) => string | undefined = () => undefined,
): string {
  const print = (inner: HiveType, path: readonly string[]): string => {
    switch (inner.kind) {
      case 'primitive':
        if (inner.name !== 'decimal' && inner.name !== 'numeric') return primitives[inner.name] ?? 'VARCHAR'
        return `DECIMAL(${inner.parameters[0] ?? 10},${inner.parameters[1] ?? 0})`
      case 'array':
        return `${print(inner.element, path)}[]`
      case 'map':
        return `MAP(${print(inner.key, path)}, ${print(inner.value, path)})`
      case 'struct':
        return `STRUCT(${inner.fields.map((field) => `${quotedName(spell([...path, field.name]) ?? field.name)} ${print(field.type, [...path, field.name])}`).join(', ')})`
    }
  }
  return print(type, [])
}

/** Prints a type as Trino writes it: `array(row(arn varchar))`. */
export function trinoType(type: HiveType): string {
  switch (type.kind) {
    case 'primitive':
      return trinoNames[type.name] ?? printHiveType(type)
    case 'array':
      return `array(${trinoType(type.element)})`
    case 'map':
      return `map(${trinoType(type.key)}, ${trinoType(type.value)})`
    case 'struct':
      return `row(${type.fields.map(({ name, type: inner }) => `${name} ${trinoType(inner)}`).join(', ')})`
  }
}

const trinoNames: Readonly<Record<string, string>> = {
  ...{ string: 'varchar', int: 'integer', float: 'real', binary: 'varbinary', timestamp: 'timestamp(3)' },
}

export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`
