import type { DocumentReader, Transaction } from './store.ts'

/** The accounts of a server. */
export interface ServerAccounts {
  has(reader: DocumentReader, accountId: string): Promise<boolean>
  /**
   * Makes an account that can be used at once, with the access key of its root user, as accounts of the configuration have one.
   * Does nothing when there is such an account.
   */
  make(tx: Transaction, accountId: string): Promise<void>
}
