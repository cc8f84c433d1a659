import { BoundedMap } from '../../../../core/bounded-map.ts'
import type { QueryStatistics } from '../../domain/insights/query-engine.ts'

/** How far the queries are that run here, by their ids. */
export class QueryProgress {
  readonly #statistics = new BoundedMap<string, QueryStatistics>(100)

  note(id: string, statistics: QueryStatistics): void {
    this.#statistics.set(id, statistics)
  }

  of(id: string): QueryStatistics | undefined {
    return this.#statistics.get(id)
  }
}
