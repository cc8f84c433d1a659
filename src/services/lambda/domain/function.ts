import type { RuntimeFamily } from './runtimes.ts'

export const latest = '$LATEST'

/** The code of a version: a zip archive in the code store. */
export interface CodeReference {
  codeId: string
  /** Base64 of the archive's SHA-256. */
  sha256: string
  /** Of the archive. */
  bytes: number
}

/** Environment variables as KMS encrypted them: JSON, under the key of the function. */
export interface EncryptedVariables {
  /** Base64. */
  ciphertext: string
  /** ARN of the customer managed key; absent under AWS's own. */
  keyArn?: string
}

/** A grant by which a function's role decrypts its variables under a customer managed key. */
export interface KeyGrant {
  keyArn: string
  grantId: string
  roleArn: string
}

/** What can be chosen of a function, and is copied when a version is published. */
export interface FunctionConfiguration {
  description: string
  runtime: string
  handler: string
  roleArn: string
  timeoutSeconds: number
  memoryMegabytes: number
  ephemeralStorageMegabytes: number
  architecture: 'x86_64' | 'arm64'
  variables?: EncryptedVariables
  /** Customer managed key of the variables; AWS's own `aws/lambda` when absent. */
  kmsKeyArn?: string
}

/** One version of a function, `$LATEST` or published: what an execution environment is made of. */
export interface FunctionVersion extends FunctionConfiguration {
  accountId: string
  region: string
  functionName: string
  /** `$LATEST` or a number. */
  version: string
  /** Unqualified for `$LATEST`. */
  arn: string
  code: CodeReference
  lastModifiedMs: number
  /** Changes with the configuration and the code. */
  revisionId: string
}

export interface LambdaFunction {
  latest: FunctionVersion
  /** Number of the last version published; 0 when there was none. */
  lastPublished: number
  tags: Readonly<Record<string, string>>
  /** Made for this version or an earlier one; they end with the function. */
  grants: readonly KeyGrant[]
  /** Set aside for this function, and its limit; absent when it shares the account's. */
  reservedConcurrency?: number
}

export interface FunctionAlias {
  functionName: string
  name: string
  arn: string
  functionVersion: string
  description: string
  /** Shares of further versions, by number: 0 to 1. */
  weights: Readonly<Record<string, number>>
  revisionId: string
}

/** Grants with one more, which may be one of them: KMS gives the same for the same. */
export const withGrant = (grants: readonly KeyGrant[], added: KeyGrant | undefined): readonly KeyGrant[] =>
  !added || grants.some(({ grantId }) => grantId === added.grantId) ? grants : [...grants, added]

/** The unqualified ARN of a version's function. */
export const arnOfFunction = ({ arn, version }: Pick<FunctionVersion, 'arn' | 'version'>): string =>
  version === latest ? arn : arn.slice(0, arn.lastIndexOf(':'))

export const runtimeOf = (runtime: string): RuntimeFamily =>
  runtime.startsWith('nodejs') ? 'nodejs' : runtime.startsWith('python') ? 'python' : 'provided'

/** True when two versions would run the same code in the same way. Descriptions do not count. */
export function isSameVersion(a: FunctionVersion, b: FunctionVersion): boolean {
  const decisive = ({ runtime, handler, roleArn, timeoutSeconds, memoryMegabytes, ...rest }: FunctionVersion) => [
    ...[runtime, handler, roleArn, timeoutSeconds, memoryMegabytes, rest.ephemeralStorageMegabytes],
    ...[rest.architecture, rest.variables?.ciphertext, rest.kmsKeyArn, rest.code.sha256],
  ]
  const others = decisive(b)
  return decisive(a).every((value, index) => value === others[index])
}
