/** The query was cancelled by a user. */
export class QueryCancelledError extends Error {
  constructor() {
    super('the query was cancelled')
  }
}

/** The queries that run in this server, so that they can be ended. */
export class RunningQueries {
  readonly #controllers = new Map<string, AbortController>()

  /** @returns what aborts when the query is cancelled. */
  begin(id: string): AbortController {
    const controller = new AbortController()
    this.#controllers.set(id, controller)
    return controller
  }

  end(id: string): void {
    this.#controllers.delete(id)
  }

  /** Ends a query, if it runs here. */
  cancel(id: string): void {
    this.#controllers.get(id)?.abort(new QueryCancelledError())
  }
}
