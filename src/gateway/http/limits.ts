export interface ListenerLimits {
  headerBytes: number
  bodyBytes: number
  /** For bodies over `bodyBytes`, which some operations allow: what all of them together may take up. */
  largeBodiesBytes: number
  /**
   * A request's headers must be complete after this time, and a body that is gathered after twice it. One that comes as a stream
   * may take longer, but pause for no longer than that.
   */
  headersTimeoutMs: number
  idleTimeoutMs: number
  /** Past this number, the server closes the connection that has been idle or slow for longest. */
  connections: number
}

export const defaultLimits: ListenerLimits = {
  headerBytes: 16 * 1024,
  bodyBytes: 1024 * 1024,
  largeBodiesBytes: 256 * 1024 * 1024,
  headersTimeoutMs: 15_000,
  idleTimeoutMs: 75_000,
  connections: 4096,
}
