import type { AuditResource } from '../../../core/audit.ts'
import type { Awaitable } from '../../../core/awaitable.ts'
import type { Call } from '../../../core/call.ts'
import type { PrincipalDirectory } from '../../../core/identity.ts'
import type { Scope } from '../../../core/store.ts'
import { functionNotFound, qualifierNotAllowed } from '../domain/errors.ts'
import { type FunctionVersion, type LambdaFunction, latest } from '../domain/function.ts'
import { type FunctionReference, functionArn, isVersionNumber, parseFunctionName } from '../domain/function-name.ts'
import { functionPolicies, policyText } from '../domain/function-policy.ts'
import { aliases, aliasId, functions, policies, policyId, type Reader, versionId, versions } from './collections.ts'

/** A function as a request names it, whether or not it exists. */
export interface FunctionTarget extends FunctionReference {
  scope: Scope
  /** As named, with the qualifier. */
  arn: string
  /** Without a qualifier. */
  functionArn: string
}

/** The functions that one call is about. */
export class CallFunctions {
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  /** @throws ServiceError ResourceNotFoundException for another region, InvalidParameterValueException. */
  target(name: string, qualifier?: string): FunctionTarget {
    const { partition, region, accountId } = this.#call
    const reference = parseFunctionName(name, { partition, region, accountId }, qualifier)
    return {
      ...reference,
      scope: { accountId: reference.accountId, region },
      arn: functionArn(this.#call, reference),
      functionArn: functionArn(this.#call, { ...reference, qualifier: undefined }),
    }
  }

  /** The function itself; undefined when there is none. */
  find({ scope, functionName }: FunctionTarget): Awaitable<LambdaFunction | undefined> {
    return this.#call.store.in(functions).get(scope, functionName)
  }

  /** @throws ServiceError ResourceNotFoundException. */
  get(target: FunctionTarget, reader: Reader = this.#call.store): Promise<LambdaFunction> {
    return getFunctionIn(reader, target)
  }

  /**
   * The version that the target's qualifier means; an alias with weights gives one of its versions by chance.
   * @throws ServiceError ResourceNotFoundException.
   */
  async version(target: FunctionTarget): Promise<FunctionVersion> {
    const current = await findVersion(this.#call.store, target.scope, target.functionName, target.qualifier)
    if (!current) throw functionNotFound(target.arn)
    return current.version
  }

  /** The policy of what the target names, as it stands today; undefined when it has none. */
  async policy(
    { scope, functionName, qualifier }: FunctionTarget,
    directory: PrincipalDirectory,
  ): Promise<string | undefined> {
    const policy = await this.#call.store.in(policies).get(scope, policyId(functionName, qualifier))
    return policy && functionPolicies.shown(directory, policyText(policy))
  }
}

/** A function and the version of it that a qualifier means now; undefined when one of them is not there. */
export async function findVersion(
  reader: Reader,
  scope: Scope,
  functionName: string,
  qualifier = latest,
): Promise<{ found: LambdaFunction; version: FunctionVersion } | undefined> {
  const found = await reader.in(functions).get(scope, functionName)
  if (!found) return undefined
  const number =
    qualifier === latest || isVersionNumber(qualifier)
      ? qualifier
      : await versionOfAlias(reader, scope, aliasId(functionName, qualifier))
  if (number === undefined) return undefined
  const version =
    number === latest ? found.latest : await reader.in(versions).get(scope, versionId(functionName, number))
  return version && { found, version }
}

async function versionOfAlias(reader: Reader, scope: Scope, id: string): Promise<string | undefined> {
  const alias = await reader.in(aliases).get(scope, id)
  return alias && chosenVersion(alias)
}

function chosenVersion({
  functionVersion,
  weights,
}: {
  functionVersion: string
  weights: Readonly<Record<string, number>>
}) {
  let draw = Math.random()
  for (const [version, weight] of Object.entries(weights)) {
    if (draw < weight) return version
    draw -= weight
  }
  return functionVersion
}

/** Reads a function, in a transaction too. @throws ServiceError ResourceNotFoundException. */
export async function getFunctionIn(reader: Reader, target: FunctionTarget): Promise<LambdaFunction> {
  const found = await reader.in(functions).get(target.scope, target.functionName)
  if (!found) throw functionNotFound(target.arn)
  return found
}

export const functionResource = ({
  accountId,
  functionArn: arn,
}: Pick<FunctionTarget, 'accountId' | 'functionArn'>): AuditResource => ({
  accountId,
  type: 'AWS::Lambda::Function',
  ARN: arn,
})

/** Published versions do not change. @throws ServiceError InvalidParameterValueException. */
export function latestOnly(target: FunctionTarget): FunctionTarget {
  if (target.qualifier !== undefined && target.qualifier !== latest) throw qualifierNotAllowed()
  return target
}
