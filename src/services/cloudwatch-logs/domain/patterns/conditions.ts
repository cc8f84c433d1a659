import type { PatternReader } from './pattern-reader.ts'

/** Conditions joined by `&&` and `||`, the former first. */
export type Conditions<C> = { kind: 'one'; condition: C } | { kind: 'and' | 'or'; all: readonly Conditions<C>[] }

/** Reads conditions, with parentheses. @throws ServiceError InvalidParameterException. */
export function readConditions<C>(reader: PatternReader, readOne: () => C): Conditions<C> {
  const joined = (word: string, kind: 'and' | 'or', read: () => Conditions<C>): Conditions<C> => {
    const all = [read()]
    for (reader.skipSpace(); reader.take(word); reader.skipSpace()) all.push(read())
    const [only] = all
    return only && all.length === 1 ? only : { kind, all }
  }
  const primary = (): Conditions<C> => {
    reader.skipSpace()
    if (!reader.take('(')) return { kind: 'one', condition: readOne() }
    const inner = or()
    reader.skipSpace()
    reader.expect(')')
    return inner
  }
  const and = () => joined('&&', 'and', primary)
  const or = () => joined('||', 'or', and)
  return or()
}

export function hold<C>(conditions: Conditions<C>, holds: (condition: C) => boolean): boolean {
  if (conditions.kind === 'one') return holds(conditions.condition)
  if (conditions.kind === 'and') return conditions.all.every((each) => hold(each, holds))
  return conditions.all.some((each) => hold(each, holds))
}

/** All single conditions. */
export const each = <C>(conditions: Conditions<C>): readonly C[] =>
  conditions.kind === 'one' ? [conditions.condition] : conditions.all.flatMap((inner) => each(inner))
