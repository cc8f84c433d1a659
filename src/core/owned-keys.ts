/**
 * The keys that AWS owns: one for each service in each Region, shared by all accounts. They are in no account: no caller
 * can list or manage them, no record shows their use, and their rotation is internal. A service encrypts with its own key
 * what an account has left to it (default encryption), and tokens that it returns and reads again.
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
