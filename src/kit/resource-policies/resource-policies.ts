import { type Awaitable, andThen, mapAll } from '../../core/awaitable.ts'
import type { Call } from '../../core/call.ts'
import type { PrincipalDirectory } from '../../core/identity.ts'
import type { Permission, ResourcePolicy } from '../../core/operation.ts'
import type { ServiceError } from '../../core/service-error.ts'
import type { PolicyDocument } from '../../policy/language.ts'
import { type PolicyKind, readPolicyText } from '../policy-text.ts'
import { type BoundPolicy, bindPolicy, currentPolicy, principalsIn } from './bound-principals.ts'
import { joinPolicies } from './statements.ts'

/** Decisions of one service about the policies of its resources. */
export interface ResourcePolicySpec {
  /** How a policy is validated, and how the policy engine reads it. */
  kind: ResourcePolicy['kind']
  /** Absent where the service model's limit is enough, or the service checks the size elsewhere. */
  size?: PolicySizeLimit
  /** Makes the refusal of text that is not a policy of this kind. @param problem - in IAM's words. */
  malformed(problem: string): ServiceError
  /** Makes the refusal of a user or role that does not exist, and of what can be no principal. */
  unknownPrincipal(principal: string): ServiceError
  /** Makes the refusal of a service principal in another form than services have. Absent: any is taken. */
  unknownService?(principal: string): ServiceError
  /** Further checks of the service, before principals are looked up. @throws ServiceError */
  check?(policy: PolicyDocument): void
}

export interface PolicySizeLimit {
  most: number
  /** Default: bytes of UTF-8. */
  measure?(document: string): number
  exceeded(size: number): ServiceError
}

/** Policies of one kind of resource: accepted from callers, kept with the resource, shown and evaluated. */
export interface ResourcePolicies {
  /**
   * Checks a policy as a caller gives it: size, grammar, the service's own checks, then the principals.
   * @returns what to keep with the resource, its users and roles bound to their unique ids.
   * @throws ServiceError of the first check that fails.
   */
  accept(directory: PrincipalDirectory, document: string): Promise<BoundPolicy>
  /** Does what `accept` does, without the size: for policies that a service puts together, or that were measured before. */
  bind(directory: PrincipalDirectory, document: string): Promise<BoundPolicy>
  /** Checks the size alone. @throws ServiceError */
  checkSize(document: string): void
  /** Checks the grammar, and what the service checks itself. @throws ServiceError */
  read(document: string): PolicyDocument
  /** Returns the text that is shown: as given, with principals by their present ARNs, or by their unique ids when they are deleted. */
  shown(directory: PrincipalDirectory, policy: BoundPolicy): Awaitable<string>
  /** Returns the policy of a resource for a `Permission`: several as one, undefined when there is none. */
  inForce(directory: PrincipalDirectory, ...policies: readonly BoundPolicy[]): Awaitable<ResourcePolicy | undefined>
  /**
   * Returns whether the caller could change the policy again, once a new one is in force.
   * @param permission - to change the policy; the new policy takes the place of the one in it.
   */
  leavesControl(call: Pick<Call, 'allows'>, permission: Permission, policy: BoundPolicy): Promise<boolean>
}

const validatedAs: Readonly<Record<ResourcePolicy['kind'], PolicyKind>> = {
  'resource-policy': 'resource',
  'key-policy': 'key',
  'trust-policy': 'trust',
}

export function resourcePolicies(spec: ResourcePolicySpec): ResourcePolicies {
  const { kind, size } = spec

  const read = (document: string): PolicyDocument => {
    const policy = readPolicyText(document, validatedAs[kind], ({ message }) => spec.malformed(message))
    spec.check?.(policy)
    return policy
  }

  const checkSize = (document: string): void => {
    if (!size) return
    const measured = size.measure ? size.measure(document) : Buffer.byteLength(document)
    if (measured > size.most) throw size.exceeded(measured)
  }

  const bind = async (directory: PrincipalDirectory, document: string): Promise<BoundPolicy> => {
    const policy = read(document)
    if (spec.unknownService) {
      const unknown = principalsIn(policy, 'Service').find((name) => !servicePrincipal.test(name))
      if (unknown !== undefined) throw spec.unknownService(unknown)
    }
    return bindPolicy(directory, document, policy, (principal) => spec.unknownPrincipal(principal))
  }

  return {
    read,
    checkSize,
    bind,
    async accept(directory, document) {
      checkSize(document)
      return bind(directory, document)
    },
    shown: currentPolicy,
    inForce(directory, ...policies) {
      const [only] = policies
      if (only === undefined) return undefined
      if (policies.length === 1) return andThen(currentPolicy(directory, only), (document) => ({ kind, document }))
      const documents = mapAll(policies, (policy) => currentPolicy(directory, policy))
      return andThen(documents, (each) => ({ kind, document: joinPolicies(each) }))
    },
    leavesControl: (call, permission, { document }) => call.allows({ ...permission, policy: { kind, document } }),
  }
}

/** Form of the names of services. */
const servicePrincipal = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|aws\.internal)$/
