import type {
  AddPermissionRequest,
  AddPermissionResponse,
  GetPolicyRequest,
  GetPolicyResponse,
  RemovePermissionRequest,
} from '@aws-sdk/client-lambda'
import type { RequestContext, Validated } from '../../../core/operation.ts'
import { functionNotFound, noPolicy, noPolicyForLatest, resourceMissing } from '../domain/errors.ts'
import { latest } from '../domain/function.ts'
import {
  functionPolicies,
  policyDocument,
  statementOf,
  withoutStatement,
  withStatement,
} from '../domain/function-policy.ts'
import type { LambdaContext } from '../lambda-context.ts'
import type { FunctionTarget } from '../storage/call-functions.ts'
import { findVersion } from '../storage/call-functions.ts'
import { policies, policyId, type Reader } from '../storage/collections.ts'
import { checkRevision } from './code-upload.ts'

/** `lambda:Principal` and the conditions that a statement will have, so that policies can say who may be let in. */
export const addPermissionContext = ({
  Principal,
  FunctionUrlAuthType,
}: Validated<AddPermissionRequest>): RequestContext => ({
  'lambda:Principal': Principal,
  ...(FunctionUrlAuthType === undefined ? {} : { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType }),
})

/**
 * Lets a service, an account or a principal use a function, or one of its versions or aliases.
 * @throws ServiceError ResourceNotFoundException, ResourceConflictException, InvalidParameterValueException,
 *   PolicyLengthExceededException, PreconditionFailedException.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
 */
export async function addPermission(
  lambda: LambdaContext,
  { FunctionName, Qualifier, RevisionId, ...given }: Validated<AddPermissionRequest>,
): Promise<AddPermissionResponse> {
  const { call, functions, identity } = lambda
  const target = functions.target(FunctionName, Qualifier)
  if (target.qualifier === latest) throw noPolicyForLatest()
  await functions.version(target)
  const statement = statementOf(given, target.arn)
  const added = await functionPolicies.bind(identity, policyDocument([statement]))
  return call.transaction(async (tx) => {
    await checkExists(tx, target)
    const before = await tx.in(policies).get(target.scope, idOf(target))
    checkRevision(RevisionId, before?.revisionId ?? '')
    await tx.in(policies).put(target.scope, idOf(target), withStatement(before, statement.Sid, added))
    return { Statement: JSON.stringify(statement) }
  })
}

/** @throws ServiceError ResourceNotFoundException, PreconditionFailedException. */
export async function removePermission(
  { call, functions }: LambdaContext,
  { FunctionName, Qualifier, StatementId, RevisionId }: Validated<RemovePermissionRequest>,
): Promise<undefined> {
  const target = functions.target(FunctionName, Qualifier)
  await functions.version(target)
  return call.transaction(async (tx) => {
    const before = await tx.in(policies).get(target.scope, idOf(target))
    if (!before) throw noPolicy()
    checkRevision(RevisionId, before.revisionId)
    const after = withoutStatement(before, StatementId)
    if (after) await tx.in(policies).put(target.scope, idOf(target), after)
    else await tx.in(policies).delete(target.scope, idOf(target))
    return undefined
  })
}

/** @throws ServiceError ResourceNotFoundException - also when there is no policy. */
export async function getPolicy(
  lambda: LambdaContext,
  { FunctionName, Qualifier }: Validated<GetPolicyRequest>,
): Promise<GetPolicyResponse> {
  const { functions, identity } = lambda
  const target = functions.target(FunctionName, Qualifier)
  await functions.version(target)
  const Policy = await functions.policy(target, identity)
  const stored = await functions.storedPolicy(target)
  if (Policy === undefined || !stored) throw resourceMissing()
  return { Policy, RevisionId: stored.revisionId }
}

const idOf = ({ functionName, qualifier }: FunctionTarget) => policyId(functionName, qualifier)

async function checkExists(reader: Reader, { scope, functionName, qualifier, arn }: FunctionTarget): Promise<void> {
  if (!(await findVersion(reader, scope, functionName, qualifier))) throw functionNotFound(arn)
}
