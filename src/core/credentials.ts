import type { Caller } from './principal.ts'

/** The reason why credentials are refused, before anything is known about permissions. */
export type CredentialRefusal = 'unknown-key' | 'invalid-token'

/** A known key whose session token is not valid. Only a caller whose signature verifies learns that. */
export interface RefusedToken {
  refused: 'invalid-token' | 'expired-token'
  secretAccessKey: string
}

export interface ResolvedCredentials {
  caller: Caller
  secretAccessKey: string
}

/** Finds the secret and the identity behind an access key id. */
export interface CredentialResolver {
  /**
   * @param accessKeyId - `AKIA…`, `ASIA…` or a configured root key.
   * @param sessionToken - `X-Amz-Security-Token` as sent; required for `ASIA…` keys and refused for others.
   */
  resolve(
    accessKeyId: string,
    sessionToken: string | undefined,
  ): Promise<ResolvedCredentials | RefusedToken | CredentialRefusal>
}
