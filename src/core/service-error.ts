/**
 * A refusal that the caller is meant to see, under AWS's exception name.
 * Anything else that is thrown is a fault: it is logged with its cause and answered as InternalFailure.
 */
export class ServiceError extends Error {
  readonly code: string
  readonly status: number
  /** Further members of the error's shape, as the wire spells them. Never holds a secret. */
  readonly members: Readonly<Record<string, unknown>>
  /** Headers of the answer, in protocols whose errors have such. */
  readonly headers: Readonly<Record<string, string>>

  /**
   * @param code - the wire code: a shape name such as `NotFoundException`, or a query code such as `NoSuchEntity`.
   * @param status - HTTP status as AWS sends it (awsJson: 400 for every client error).
   * @param message - absent for errors that AWS sends without text.
   */
  constructor(
    code: string,
    status: number,
    message?: string,
    members: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message ?? '')
    this.name = 'ServiceError'
    this.code = code
    this.status = status
    this.members = members
    this.headers = headers
  }
}

/**
 * Reads a part of a request where the reason of a refusal does not matter.
 * @returns undefined for what is refused. Faults pass through.
 */
export function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof ServiceError) return undefined
    throw thrown
  }
}

/** The refusal of a call that one service made to another, with the request id under which that call is recorded. */
export class InnerCallRefused extends ServiceError {
  readonly requestId: string

  constructor({ code, status, message, members, headers }: ServiceError, requestId: string) {
    super(code, status, message, members, headers)
    this.name = 'InnerCallRefused'
    this.requestId = requestId
  }
}
