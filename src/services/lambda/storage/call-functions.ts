import type { AuditResource } from '../../../core/audit.ts'
import type { Awaitable } from '../../../core/awaitable.ts'
import type { Call } from '../../../core/call.ts'
import type { PrincipalDirectory } from '../../../core/identity.ts'
import type { ResourcePolicy } from '../../../core/operation.ts'
import type { Scope } from '../../../core/store.ts'
import { FoundOnce } from '../../../kit/found-once.ts'
import { functionNotFound, qualifierNotAllowed } from '../domain/errors.ts'
import { type FunctionVersion, type LambdaFunction, latest } from '../domain/function.ts'
import { type FunctionReference, functionArn, isVersionNumber, parseFunctionName } from '../domain/function-name.ts'
import { type FunctionPolicy, functionPolicies, policyText } from '../domain/function-policy.ts'
import { aliases, aliasId, functions, policies, policyId, type Reader, versionId, versions } from './collections.ts'

/** A function as a request names it, whether or not it exists. */
export interface FunctionTarget extends FunctionReference {
  scope: Scope
  /** As named, with the qualifier. */
  arn: string
  /** Without a qualifier. */
  functionArn: string
}

/** The functions that one call is about, with their versions and policies. */
export class CallFunctions {
  readonly #call: Call
  readonly #functions = new FoundOnce<LambdaFunction | undefined>()
  readonly #versions = new FoundOnce<FunctionVersion | undefined>()
  readonly #policies = new FoundOnce<FunctionPolicy | undefined>()

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
    const { store } = this.#call
    return this.#functions.find(`${scope.accountId} ${functionName}`, () =>
      store.in(functions).get(scope, functionName),
    )
  }

  /** @throws ServiceError ResourceNotFoundException. */
  async get(target: FunctionTarget): Promise<LambdaFunction> {
    const found = await this.find(target)
    if (!found) throw functionNotFound(target.arn)
    return found
  }

  /**
   * The version that the target's qualifier means; an alias with weights gives one of its versions by chance.
   * @throws ServiceError ResourceNotFoundException.
   */
  async version(target: FunctionTarget): Promise<FunctionVersion> {
    const version = await this.#versions.find(target.arn, async () => {
      const found = await this.find(target)
      return found && versionOf(this.#call.store, found, target)
    })
    if (!version) throw functionNotFound(target.arn)
    return version
  }

  /** The policy of what the target names, as it is stored; undefined when it has none. */
  storedPolicy({ arn, scope, functionName, qualifier }: FunctionTarget): Awaitable<FunctionPolicy | undefined> {
    const { store } = this.#call
    return this.#policies.find(arn, () => store.in(policies).get(scope, policyId(functionName, qualifier)))
  }

  /** The policy of what the target names, for authorization; undefined when it has none. */
  async policyInForce(target: FunctionTarget, directory: PrincipalDirectory): Promise<ResourcePolicy | undefined> {
    const policy = await this.storedPolicy(target)
    return policy && functionPolicies.inForce(directory, policyText(policy))
  }

  /** The policy of what the target names, as it stands today; undefined when it has none. */
  async policy(target: FunctionTarget, directory: PrincipalDirectory): Promise<string | undefined> {
    const policy = await this.storedPolicy(target)
    return policy && functionPolicies.shown(directory, policyText(policy))
  }
}

/** A function and the version of it that a qualifier means now; undefined when one of them is not there. */
export async function findVersion(
  reader: Reader,
  scope: Scope,
  functionName: string,
  qualifier?: string,
): Promise<{ found: LambdaFunction; version: FunctionVersion } | undefined> {
  const found = await reader.in(functions).get(scope, functionName)
  const version = found && (await versionOf(reader, found, { scope, functionName, qualifier }))
  return found && version && { found, version }
}

async function versionOf(
  reader: Reader,
  found: LambdaFunction,
  { scope, functionName, qualifier = latest }: Pick<FunctionTarget, 'scope' | 'functionName' | 'qualifier'>,
): Promise<FunctionVersion | undefined> {
  const number =
    qualifier === latest || isVersionNumber(qualifier)
      ? qualifier
      : await versionOfAlias(reader, scope, aliasId(functionName, qualifier))
  if (number === undefined) return undefined
  return number === latest ? found.latest : reader.in(versions).get(scope, versionId(functionName, number))
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
