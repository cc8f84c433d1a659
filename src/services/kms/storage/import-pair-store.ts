import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { AlgorithmSpec } from '@aws-sdk/client-kms'
import type { Awaitable } from '../../../core/awaitable.ts'
import type { CollectionSpec, Scope, Transaction } from '../../../core/store.ts'
import type { Reader } from './collections.ts'

/** A wrapping key pair that GetParametersForImport has made for one key; it can be used until it expires. */
export interface ImportPair {
  importId: string
  keyId: string
  algorithm: AlgorithmSpec
  /** PKCS#8 DER, base64; stored sealed. */
  privateKey: string
  expiresAtMs: number
}

/** Under the import id. */
const importPairs: CollectionSpec<ImportPair> = { name: 'kms.import-pairs', sealed: ['privateKey'] }

/** The kind of due work that destroys a wrapping key pair; its key is the import id. */
export const forgetImportPairWork = 'kms.forget-import-pair'

export async function addImportPair(tx: Transaction, scope: Scope, pair: ImportPair): Promise<void> {
  const { importId, expiresAtMs: dueAtMs } = pair
  await tx.in(importPairs).put(scope, importId, pair)
  await tx.schedule({ kind: forgetImportPairWork, key: importId, dueAtMs, scope, payload: null })
}

export const findImportPair = (reader: Reader, scope: Scope, importId: string): Awaitable<ImportPair | undefined> =>
  reader.in(importPairs).get(scope, importId)

export async function removeImportPair(tx: Transaction, scope: Scope, importId: string): Promise<void> {
  await tx.in(importPairs).delete(scope, importId)
}

export function unwrappingKeyOf({ privateKey }: ImportPair): KeyObject {
  const key = Buffer.from(privateKey, 'base64')
  const unwrappingKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  key.fill(0)
  return unwrappingKey
}
