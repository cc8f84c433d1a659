import type { CollectionReader, CollectionSpec, Scope, Store, Stored } from '../../../core/store.ts'
import type { FunctionAlias, FunctionVersion, LambdaFunction } from '../domain/function.ts'
import type { FunctionPolicy } from '../domain/function-policy.ts'

/** What reads need: the store itself, or a transaction. */
export type Reader = Pick<Store, 'in'>

/** Under the function's name. */
export const functions: CollectionSpec<LambdaFunction> = { name: 'lambda.functions' }

/** Published versions, under function and number. */
export const versions: CollectionSpec<FunctionVersion> = { name: 'lambda.versions' }

/** Under function and alias. */
export const aliases: CollectionSpec<FunctionAlias> = {
  name: 'lambda.aliases',
  indexes: {
    version: ({ functionName, functionVersion, weights }) =>
      [functionVersion, ...Object.keys(weights)].map((number) => `${functionName}/${number}`),
  },
}

/** Under the function's name, or function and qualifier. */
export const policies: CollectionSpec<FunctionPolicy> = { name: 'lambda.policies' }

/** What an account's functions take up: one document an account and region. */
export const totals: CollectionSpec<{ codeBytes: number; functions: number; reservedConcurrency: number }> = {
  name: 'lambda.totals',
}
export const totalsId = 'functions'

/** Numbers sort as texts once they have one length. */
export const versionId = (functionName: string, version: string): string =>
  `${functionName}/${version.padStart(12, '0')}`

export const aliasId = (functionName: string, alias: string): string => `${functionName}/${alias}`

export const policyId = (functionName: string, qualifier: string | undefined): string =>
  qualifier === undefined ? `${functionName}/` : `${functionName}/${qualifier}`

/** Returns what a function has in a collection whose ids begin with its name, from an id on. */
export function listOf<T>(
  collection: CollectionReader<T>,
  scope: Scope,
  functionName: string,
  { afterId, limit }: { afterId?: string; limit: number },
): Promise<Stored<T>[]> {
  return collection.list(scope, { idPrefix: `${functionName}/`, afterId, limit })
}
