import type { Call } from '../../../../core/call.ts'
import type { Store } from '../../../../core/store.ts'
import { isPredefinedAlias, newAwsManagedKey, predefinedAlias } from '../../domain/aws-managed-keys.ts'
import type { KmsKey } from '../../domain/key.ts'
import { generateMaterial } from '../../domain/material/key-generation.ts'
import { withFirstMaterial } from '../../domain/material/key-material.ts'
import { aliases, keys, scopeOf } from '../../storage/collections.ts'
import { addKey } from '../../storage/key-store.ts'
import { createKeyEvent } from './key-records.ts'

/**
 * Makes the AWS managed key behind a predefined alias that has none yet, with the first use by a service, for itself or for
 * a caller, and with DescribeKey. Of two first uses at once, one makes the key and both have it.
 * @returns undefined when there is no such alias, or the call is another.
 */
export async function makeAwsManagedKey(
  store: Pick<Store, 'transaction'>,
  call: Call,
  aliasName: string,
): Promise<KmsKey | undefined> {
  if (!isPredefinedAlias(aliasName) || !isFirstUse(call)) return undefined
  const nowMs = call.clock.nowMs()
  const bareKey = newAwsManagedKey(call, aliasName, nowMs)
  const { key, material } = withFirstMaterial(bareKey, await generateMaterial('SYMMETRIC_DEFAULT'), nowMs)
  return store.transaction(async (tx) => {
    const scope = scopeOf(key)
    const alias = await tx.in(aliases).get(scope, aliasName)
    if (alias) return tx.in(keys).get(scope, alias.targetKeyId)
    await addKey(tx, key, material)
    await tx.in(aliases).put(scope, aliasName, predefinedAlias(aliasName, key))
    tx.record(createKeyEvent(key, nowMs))
    return key
  })
}

const isFirstUse = ({ calledVia, caller, operation }: Call): boolean =>
  calledVia.length > 0 || caller.principal.kind === 'service' || operation === 'DescribeKey'
