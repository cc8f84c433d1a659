/** The queries that run in this server, so that they can be stopped. */
export class RunningQueries {
  readonly #controllers = new Map<string, AbortController>()

  /** @returns what aborts when the query is stopped. */
  begin(id: string): AbortController {
    const controller = new AbortController()
    this.#controllers.set(id, controller)
    return controller
  }

  end(id: string): void {
    this.#controllers.delete(id)
  }

  /** Stops a query, if it runs here. */
  stop(id: string): void {
    this.#controllers.get(id)?.abort(new QueryStoppedError())
  }
}

/** The query was stopped by a user. */
export class QueryStoppedError extends Error {
  constructor() {
    super('the query was stopped')
  }
}
