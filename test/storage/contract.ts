import { describe } from 'node:test'
import { apartContract } from './contract-apart.ts'
import { documentContract } from './contract-documents.ts'
import { modelContract } from './contract-model.ts'
import { tableContract } from './contract-tables.ts'
import { transactionContract } from './contract-transactions.ts'
import { StoreUnderTest, type TestDatabase } from './store-under-test.ts'

/** What every database under the store must do. */
export function storeContract(
  title: string,
  newDatabase: () => Promise<TestDatabase>,
  { keepsNothing = false } = {},
): void {
  describe(title, () => {
    const under = new StoreUnderTest(newDatabase, keepsNothing)
    documentContract(under)
    transactionContract(under)
    tableContract(under)
    apartContract(under)
    modelContract(under)
  })
}
