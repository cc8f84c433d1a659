import { randomUUID } from 'node:crypto'
import { BoundedMap } from '../../../core/bounded-map.ts'
import type { Scope, Store, Transaction } from '../../../core/store.ts'
import { compilePattern } from '../../../kit/event-patterns/compile-pattern.ts'
import { PatternIndex } from '../../../kit/event-patterns/pattern-index.ts'
import type { Archive } from '../domain/archive.ts'
import type { BusPlace } from '../domain/names.ts'
import type { Rule } from '../domain/rule.ts'
import { archives, rules, ruleVersions } from '../storage/collections.ts'

/** What the events of a bus are compared with. */
export type Subscriber = { rule: Rule; archive?: undefined } | { archive: Archive; rule?: undefined }

interface Compiled {
  version: string
  index: PatternIndex<Subscriber>
}

/** How many buses' rules are kept compiled. */
const keptAtMost = 1000

/** The rules and archives of buses, compiled once for each change of theirs. */
export class BusRules {
  readonly #kept = new BoundedMap<string, Compiled>(keptAtMost)

  /**
   * Reads what the events of a bus are compared with, as a transaction sees it.
   * @returns undefined for a bus that has neither rules nor archives.
   */
  async of(
    reader: Pick<Store, 'in'>,
    { accountId, region, name }: BusPlace,
  ): Promise<PatternIndex<Subscriber> | undefined> {
    const scope = { accountId, region }
    const version = (await reader.in(ruleVersions).get(scope, name))?.version
    if (version === undefined) return undefined
    const key = `${accountId}/${region}/${name}`
    const kept = this.#kept.get(key)
    if (kept?.version === version) return kept.index
    const index = await readIndex(reader, scope, name)
    this.#kept.set(key, { version, index })
    return index
  }
}

async function readIndex(reader: Pick<Store, 'in'>, scope: Scope, busName: string): Promise<PatternIndex<Subscriber>> {
  const index = new PatternIndex<Subscriber>()
  for (const { document: rule } of await reader.in(rules).list(scope, { idPrefix: `${busName}/` })) {
    if (rule.pattern !== undefined && rule.state !== 'DISABLED') index.add({ rule }, compilePattern(rule.pattern))
  }
  const ofBus = { index: { name: 'bus', value: busName } }
  for (const { document: archive } of await reader.in(archives).list(scope, ofBus)) {
    index.add({ archive }, archive.pattern === undefined ? everything : compilePattern(archive.pattern))
  }
  return index
}

/** Replayed events are not archived again. */
const everything = compilePattern('{"replay-name":[{"exists":false}]}')

/**
 * Notes, in the transaction that changes rules or archives of a bus, that what is compiled is out of date. Versions are random: one that
 * was read in a transaction that did not commit comes never again.
 */
export async function rulesChanged(tx: Transaction, { accountId, region, name }: BusPlace): Promise<void> {
  await tx.in(ruleVersions).put({ accountId, region }, name, { version: randomUUID() })
}
