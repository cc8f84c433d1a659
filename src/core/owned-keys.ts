/**
 * The keys that AWS owns: one for each service in each Region, shared by all accounts. They are in no account: nobody lists
 * or manages them, no record tells of their use, and when they rotate is nobody's business. A service encrypts with its own
 * what an account has left to it (default encryption), and what it hands out to read it again.
 */
export interface OwnedKeys {
  /**
   * The key of a service in a Region; made with its first use.
   * @param service - `kms.amazonaws.com`
   */
  of(service: string, region: string): Promise<OwnedKey>
}

/** A key ready for use, with all versions of its material. */
export interface OwnedKey {
  /** @param context - what must be given again to decrypt: whose data it is, and what for. */
  encrypt(plaintext: Uint8Array, context: Readonly<Record<string, string>>): Buffer
  /** @returns undefined when the bytes were altered, the context is another, or another key made them. */
  decrypt(ciphertext: Uint8Array, context: Readonly<Record<string, string>>): Buffer | undefined
}
