/** Seals secrets at rest: AES-256-GCM under a key that the root key wraps. */
export interface Sealer {
  /**
   * @param context - what the secret belongs to, such as a document's collection, account, region and id; bound as
   *   associated data, so that a sealed value moved elsewhere does not open.
   */
  seal(plaintext: Uint8Array, context: string): Buffer
  /** @throws Error when the value was altered, moved or sealed under another key. */
  open(sealed: Uint8Array, context: string): Buffer
}
