/**
 * The body of a request as it comes in, verified on the way. Read once. The reading fails with a `ServiceError` where the body is
 * not what was signed or announced, at its end at the latest, so what was made of it counts only after the end.
 */
export interface BodyStream extends AsyncIterable<Uint8Array> {
  /** Bytes of content that the client has announced; undefined where it did not say. */
  readonly announcedBytes: number | undefined
  /** Its end is known without its length: a file within an HTML form. */
  readonly isDelimited?: boolean
  /** Names of the fields that are to follow the content, in lower case. */
  readonly announcedTrailers: readonly string[]
  /** Fields that follow the content, by lower-case name; complete after the end. */
  readonly trailers: ReadonlyMap<string, string>
}
