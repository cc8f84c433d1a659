import type { PolicyIdentifier } from '@aws-sdk/client-iam'
import type { NamedPolicy } from '../../../core/identity.ts'
import { RequestText } from '../../../policy/request-text.ts'
import { compileGlob } from '../../../policy/wildcard.ts'
import { type IdentityNoun, invalidSimulation } from './errors.ts'
import { parseIamArn } from './names.ts'

/** A policy of a user, group or role in a simulation; inline ones know whose they are. */
export interface SourcePolicy extends NamedPolicy {
  inline?: { owner: IdentityNoun; ownerName: string; policyName: string }
}

/** What is left out of a simulation. */
export interface Exclusions {
  excludes(policy: SourcePolicy): boolean
  boundary: boolean
  serviceControl: boolean
}

/**
 * Reads PolicyExclusionList. Resource control policies are passed over, as AWS does.
 * @throws ServiceError InvalidInput for an ARN that is none, or with wildcards where they may not stand.
 */
export function readExclusions(identifiers: readonly PolicyIdentifier[]): Exclusions {
  const types = new Set(identifiers.map(({ PolicyType }) => PolicyType))
  const tests = identifiers.filter(({ PolicyType }) => PolicyType === undefined).map(testOf)
  return {
    excludes: (policy) => types.has(typeOf(policy)) || tests.some((test) => test(policy)),
    boundary: types.has('permission-boundary'),
    serviceControl: types.has('scp'),
  }
}

function testOf({ PolicyArn, InlinePolicyIdentifier: inline }: PolicyIdentifier): (policy: SourcePolicy) => boolean {
  if (PolicyArn !== undefined) return arnTest(PolicyArn)
  if (!inline) throw invalidSimulation('A policy identifier says nothing.')
  const ownerTest = wildcardTest(inline.AttachmentName ?? '')
  return ({ inline: own }) =>
    own?.policyName === inline.PolicyName && own?.owner === inline.AttachmentType && ownerTest(own?.ownerName ?? '')
}

function typeOf({ inline, arn }: SourcePolicy) {
  if (inline) return 'inline'
  return arn && parseIamArn(arn)?.accountId === 'aws' ? 'aws-managed' : 'user-managed'
}

/** Wildcards may stand in the name only. */
function arnTest(pattern: string): (policy: SourcePolicy) => boolean {
  const slash = pattern.lastIndexOf('/') + 1
  const [folder, name] = [pattern.slice(0, slash), pattern.slice(slash)]
  if (!/^arn:aws:iam::(aws|\d{12}):policy\/[^*?]*$/.test(folder)) {
    throw invalidSimulation(`${pattern} does not identify managed policies.`)
  }
  const nameTest = wildcardTest(name)
  return ({ arn = '' }) => arn.startsWith(folder) && nameTest(arn.slice(slash))
}

function wildcardTest(pattern: string): (text: string) => boolean {
  if (pattern.split('*').length > 2) throw invalidSimulation(`${pattern} has more than one *.`)
  const matches = compileGlob(pattern)
  return (text) => matches(new RequestText(text))
}
