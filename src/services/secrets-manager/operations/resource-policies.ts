import type {
  DeleteResourcePolicyRequest,
  DeleteResourcePolicyResponse,
  GetResourcePolicyRequest,
  GetResourcePolicyResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
  ValidateResourcePolicyRequest,
  ValidateResourcePolicyResponse,
  ValidationErrorsEntry,
} from '@aws-sdk/client-secrets-manager'
import type { Permission, Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import { isPublic } from '../../../kit/resource-policies/public-access.ts'
import { publicPolicy } from '../domain/errors.ts'
import { secretPolicies } from '../domain/resource-policy.ts'
import type { Secret } from '../domain/secret.ts'
import { checkChangeable, checkNotDeleted } from '../domain/secret-state.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { changeSecret } from './change-secret.ts'
import { secretPermission } from './permissions.ts'

/**
 * Replaces the policy of a secret.
 * @throws ServiceError MalformedPolicyDocumentException, PublicPolicyException.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
 */
export async function putResourcePolicy(
  context: SecretsManagerContext,
  { SecretId, ResourcePolicy, BlockPublicPolicy }: Validated<PutResourcePolicyRequest>,
): Promise<PutResourcePolicyResponse | undefined> {
  checkChangeable(await context.secrets.get(SecretId))
  const policy = await secretPolicies.accept(context.identity, ResourcePolicy)
  if (BlockPublicPolicy && isPublic(policy.document)) throw publicPolicy()
  return changeSecret(context, SecretId, (secret) => ({ ...secret, policy }), answerOf)
}

/** The policy as given, but for principals that have another name now or are gone. */
export async function getResourcePolicy(
  { identity, secrets }: SecretsManagerContext,
  { SecretId }: Validated<GetResourcePolicyRequest>,
): Promise<GetResourcePolicyResponse> {
  const secret = await secrets.get(SecretId)
  checkNotDeleted(secret)
  const { policy } = secret
  return { ...answerOf(secret), ...(policy && { ResourcePolicy: await secretPolicies.shown(identity, policy) }) }
}

/** A secret without a policy stays as it is. */
export const deleteResourcePolicy = (
  context: SecretsManagerContext,
  { SecretId }: Validated<DeleteResourcePolicyRequest>,
): Promise<DeleteResourcePolicyResponse | undefined> =>
  changeSecret(context, SecretId, ({ policy: _, ...secret }) => secret, answerOf)

type ValidationRequest = Validated<ValidateResourcePolicyRequest>

/** Returns the permissions to validate a policy for a secret, one must be allowed to put it there. */
export async function validateResourcePolicyPermissions(
  context: SecretsManagerContext,
  { SecretId }: ValidationRequest,
): Promise<Permission[]> {
  const actions = ['secretsmanager:ValidateResourcePolicy', 'secretsmanager:PutResourcePolicy']
  if (SecretId === undefined) return actions.map((action) => ({ action, resource: '*', printedResource: '*' }))
  return Promise.all(actions.map((action) => secretPermission(context, SecretId, { action })))
}

/**
 * Says what would be wrong with a policy: that it is not a policy, that it is public, or that it locks out the caller.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
 */
export async function validateResourcePolicy(
  context: SecretsManagerContext,
  { SecretId, ResourcePolicy }: ValidationRequest,
): Promise<ValidateResourcePolicyResponse> {
  if (SecretId !== undefined) await context.secrets.get(SecretId)
  const errors = await problemsOf(context, SecretId, ResourcePolicy)
  return { PolicyValidationPassed: errors.length === 0, ValidationErrors: errors }
}

async function problemsOf(
  context: SecretsManagerContext,
  secretId: string | undefined,
  text: string,
): Promise<ValidationErrorsEntry[]> {
  let policy: BoundPolicy
  try {
    policy = await secretPolicies.accept(context.identity, text)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return [{ CheckName: 'SyntaxCheck', ErrorMessage: error.message }]
  }
  const errors: ValidationErrorsEntry[] = []
  if (isPublic(policy.document)) {
    const ErrorMessage = 'This resource policy grants broad access to your secret.'
    errors.push({ CheckName: 'PublicAccessCheck', ErrorMessage })
  }
  if (secretId !== undefined && !(await leavesControl(context, secretId, policy))) {
    const ErrorMessage = 'Your requested changes will not allow you to manage this secret in the future.'
    errors.push({ CheckName: 'LockoutCheck', ErrorMessage })
  }
  return errors
}

/** Returns whether the caller could change the policy again. */
async function leavesControl(context: SecretsManagerContext, secretId: string, policy: BoundPolicy): Promise<boolean> {
  const permission = await secretPermission(context, secretId, { action: 'secretsmanager:PutResourcePolicy' })
  return secretPolicies.leavesControl(context.call, permission, policy)
}

const answerOf = ({ arn, name }: Secret) => ({ ARN: arn, Name: name })
