import type { Transaction } from '../../../core/store.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { addVersion } from '../storage/parameter-store.ts'
import { publishChange } from './change-events.ts'
import { schedulePolicies } from './policy-work.ts'

export interface NewVersion {
  arn: string
  parameter: StoredParameter
  /** As it is kept. */
  value: string
  before: StoredParameter | undefined
}

/** Writes a version with what follows from it. */
export async function storeVersion(tx: Transaction, { arn, parameter, value, before }: NewVersion): Promise<void> {
  await addVersion(tx, parameter, value, before)
  await schedulePolicies(tx, arn, parameter, before)
  await publishChange(tx, arn, parameter, before ? 'Update' : 'Create', parameter.modifiedAtMs)
}
