import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { BodyStream } from '../../../core/body-stream.ts'
import type { ResultColumn } from '../../../kit/sql-queries/sources.ts'
import { folderOf, type Location, readLocation } from '../domain/location.ts'
import { QueryRefusedError } from '../domain/query-failure.ts'
import type { Query, ShownColumn } from '../storage/collections.ts'

/** Returns where the objects of a query's results go. @throws QueryRefusedError */
export function resultFolder({ location }: Pick<Query, 'location'>): Location {
  const place = readLocation(location)
  if (!place) throw new QueryRefusedError(`outputLocation is not a valid S3 path.: ${location}`)
  return folderOf(place)
}

/** @param suffix - `.csv` */
export const resultKey = (query: Query, suffix: string): string => `${resultFolder(query).key}${query.id}${suffix}`

/** A file as the body of an object, at the pace at which it is stored. */
export async function fileBody(path: string): Promise<BodyStream> {
  const { size } = await stat(path)
  return {
    announcedBytes: size,
    announcedTrailers: [],
    trailers: new Map(),
    [Symbol.asyncIterator]: () => createReadStream(path)[Symbol.asyncIterator](),
  }
}

/** Digits of types, as Athena shows them. */
const digits: Readonly<Record<string, readonly [precision: number, scale: number]>> = {
  ...{ tinyint: [3, 0], smallint: [5, 0], integer: [10, 0], bigint: [19, 0], float: [17, 0], double: [17, 0] },
  ...{ varchar: [2147483647, 0], boolean: [0, 0], date: [0, 0], timestamp: [3, 0], 'timestamp with time zone': [3, 0] },
  ...{ varbinary: [1073741824, 0] },
}

export const shownColumn = ({ name, type, digits: own }: ResultColumn): ShownColumn => {
  const [precision, scale] = own ? [own.precision, own.scale] : (digits[type] ?? [0, 0])
  return { name, type, precision, scale }
}

/** Columns of the lines that a statement about the catalogue gives. */
export const textColumns = (...names: readonly string[]): ShownColumn[] =>
  names.map((name) => ({ name, type: 'string', precision: 0, scale: 0 }))

/**
 * The object beside a result that describes its columns: messages of Protocol Buffers, one field a column, in it the catalogue (1),
 * schema (2), table (3), name (4), label (5), type (6), precision (7) and scale (8).
 */
export function metadataOf(columns: readonly ShownColumn[]): Buffer {
  const field = (number: number, content: Buffer) =>
    Buffer.concat([varint((number << 3) | 2), varint(content.length), content])
  const number = (member: number, value: number) => Buffer.concat([varint(member << 3), varint(value)])
  const messages = columns.map(({ name, type, precision, scale }) =>
    field(
      4,
      Buffer.concat([
        ...['hive', '', '', name, name, type].map((text, index) => field(index + 1, Buffer.from(text))),
        number(7, precision),
        number(8, scale),
      ]),
    ),
  )
  return Buffer.concat(messages)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80)
  bytes.push(left)
  return Buffer.from(bytes)
}
