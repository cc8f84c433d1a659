import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import type { PolicyDocument } from '../../../policy/language.ts'
import { bucketArn } from './bucket-name.ts'
import { malformedPolicy, policyTooLarge } from './configuration-errors.ts'

const mostBytes = 20_480

/** Policies of buckets. */
export const bucketPolicies = resourcePolicies({
  kind: 'resource-policy',
  size: { most: mostBytes, exceeded: policyTooLarge },
  malformed: (problem) =>
    malformedPolicy(
      /JSON|syntax/i.test(problem) ? "Policies must be valid JSON and the first byte must be '{'" : problem,
    ),
  unknownPrincipal: () => malformedPolicy('Invalid principal in policy'),
  unknownService: () => malformedPolicy('Invalid principal in policy'),
})

/**
 * Checks what the statements of a bucket's policy are about: actions of S3, on the bucket and its objects.
 * @throws ServiceError MalformedPolicy.
 */
export function checkStatements({ statements }: PolicyDocument, bucket: string): void {
  const own = bucketArn(bucket)
  for (const { action, notAction, resource, notResource } of statements) {
    for (const name of [...(action ?? []), ...(notAction ?? [])]) {
      if (name !== '*' && !/^s3:/i.test(name)) throw malformedPolicy('Policy has invalid action')
    }
    const resources = [...(resource ?? []), ...(notResource ?? [])]
    if (resources.some((arn) => arn !== own && !arn.startsWith(`${own}/`))) {
      throw malformedPolicy('Policy has invalid resource')
    }
    if (action && resource && !action.some((name) => appliesTo(name, resource, own))) {
      throw malformedPolicy('Action does not apply to any resource(s) in statement')
    }
  }
}

/** Actions on objects need objects among the resources, and others the bucket. */
function appliesTo(action: string, resources: readonly string[], bucket: string): boolean {
  const name = action.slice(action.indexOf(':') + 1)
  if (/[*?]/.test(action)) return true
  const isOnBucket = !ofObjects.test(name)
  return resources.some((arn) => (arn === bucket) === isOnBucket)
}

const ofObjects =
  /^(Get|Put|Delete|Restore|Replicate|Update)Object(?!LockConfiguration)|^(AbortMultipartUpload|ListMultipartUploadParts|BypassGovernanceRetention|Replicate(Delete|Tags)|ObjectOwnerOverrideToBucketOwner|InitiateReplication)$/i
