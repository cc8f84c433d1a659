import { readDate } from './dates.ts'
import { type PolicyDocument, readPolicy, type Statement } from './language.ts'
import { PolicyError } from './policy-error.ts'
import { resourceProblem } from './resource-format.ts'

/** What a policy is for, which decides what it may and must say. */
export type PolicyKind = 'identity' | 'trust' | 'resource' | 'key' | 'session' | 'service-control' | 'resource-control'

export interface ValidationOptions {
  /** Inline policies may be of version 2008-10-17, or say none; managed ones must be of 2012-10-17. */
  anyVersion?: boolean
}

/**
 * Checks a policy document as AWS does when it is given one.
 * @throws PolicyError in AWS's words, for the first of its checks that fails; `detail` says more.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function validatePolicy(text: string, kind: PolicyKind, options: ValidationOptions = {}): void {
  parsePolicy(text, kind, options)
}

/** Validates a policy as `validatePolicy` does, and returns the document. @throws PolicyError */
export function parsePolicy(text: string, kind: PolicyKind, options: ValidationOptions = {}): PolicyDocument {
  const policy = read(text, kind)
  switch (kind) {
    case 'identity':
      checkIdentity(policy, options.anyVersion !== true)
      break
    case 'session':
      checkIdentity(policy, false)
      break
    case 'trust':
      checkTrust(policy)
      break
    case 'resource':
      checkResource(policy)
      break
    case 'key':
      for (const statement of policy.statements) checkPrincipal(statement)
      break
    case 'service-control':
      checkServiceControl(policy)
      break
    case 'resource-control':
      checkResourceControl(policy)
      break
  }
  return policy
}

function read(text: string, kind: PolicyKind): PolicyDocument {
  if (kind === 'trust') return readPolicy(text, 'This policy contains invalid Json')
  if (kind !== 'service-control' && kind !== 'resource-control') return readPolicy(text)
  try {
    return readPolicy(text)
  } catch (error) {
    throw error instanceof PolicyError ? new PolicyError(organizationsRefusal, error.detail) : error
  }
}

/** The order is IAM's, as recorded from CreatePolicy; each check goes over the whole policy before the next begins. */
function checkIdentity(policy: PolicyDocument, versionRequired: boolean): void {
  const { statements } = policy
  if (versionRequired && policy.version !== '2012-10-17') {
    throw new PolicyError('Policy document must be version 2012-10-17 or greater.', 'Version is not 2012-10-17')
  }
  for (const statement of statements) checkLegacy(statement)
  checkSids(statements)
  for (const statement of statements) {
    if (statement.principal || statement.notPrincipal) {
      throw refusal(statement, 'Policy document should not specify a principal.')
    }
  }
  for (const statement of statements) checkHasActions(statement)
  for (const statement of statements) checkHasResources(statement)
  for (const statement of statements) {
    for (const resource of resourcesOf(statement)) {
      const problem = resourceProblem(resource)
      if (problem) throw refusal(statement, problem.message)
    }
  }
  for (const statement of statements) checkActions(statement)
}

function checkTrust({ statements }: PolicyDocument): void {
  for (const statement of statements) checkLegacy(statement)
  checkSids(statements)
  for (const statement of statements) {
    if (!statement.principal) throw refusal(statement, 'Missing required field Principal')
    if (isEmpty(statement.principal)) throw refusal(statement, 'Missing required field Principal cannot be empty!')
    if (statement.resource || statement.notResource) throw refusal(statement, 'Has prohibited field Resource')
    const actions = actionsOf(statement)
    if (actions.length === 0) throw refusal(statement, 'Missing required field Action')
    if (!actions.every(isTrustAction)) {
      throw refusal(statement, 'AssumeRole policy may only specify STS AssumeRole actions.')
    }
  }
}

const trustActions = new Set([
  'sts:assumerole',
  'sts:assumerolewithsaml',
  'sts:assumerolewithwebidentity',
  'sts:tagsession',
  'sts:setsourceidentity',
  'sts:setcontext',
])

const isTrustAction = (action: string) =>
  trustActions.has(action.toLowerCase()) || (/^sts:[a-z*?]*$/i.test(action) && /[*?]/.test(action))

function checkResource({ statements }: PolicyDocument): void {
  for (const statement of statements) checkLegacy(statement)
  for (const statement of statements) {
    checkPrincipal(statement)
    checkHasActions(statement)
    checkHasResources(statement)
    checkActions(statement)
  }
}

function checkPrincipal(statement: Statement): void {
  const { principal = statement.notPrincipal, notPrincipal, effect } = statement
  if (!principal || isEmpty(principal)) throw refusal(statement, 'Missing required field Principal')
  if (notPrincipal && effect === 'Allow') throw refusal(statement, 'Allow with NotPrincipal is not allowed.')
}

const isEmpty = (principal: NonNullable<Statement['principal']>) =>
  principal !== '*' && ![...principal.values()].some((names) => names.length > 0)

/** What Organizations answers to whatever is wrong. */
const organizationsRefusal = 'The provided policy document does not meet the requirements of the specified policy type.'

function checkServiceControl(policy: PolicyDocument): void {
  requireForOrganizations(policy.version === '2012-10-17', 'Version must be 2012-10-17')
  for (const statement of policy.statements) {
    checkOrganizationStatement(statement)
    const names = statement.principal ?? statement.notPrincipal
    requireForOrganizations(!names, `${place(statement)}: Principal and NotPrincipal are not supported`)
  }
}

function checkResourceControl(policy: PolicyDocument): void {
  requireForOrganizations(policy.version === '2012-10-17', 'Version must be 2012-10-17')
  for (const statement of policy.statements) {
    checkOrganizationStatement(statement)
    const where = place(statement)
    requireForOrganizations(statement.effect === 'Deny', `${where}: Effect must be Deny`)
    requireForOrganizations(statement.principal === '*', `${where}: Principal must be "*"`)
    requireForOrganizations(!statement.notAction, `${where}: NotAction is not supported`)
    const areOfServices = actionsOf(statement).every((action) => /^[a-z0-9-]+:/i.test(action))
    requireForOrganizations(areOfServices, `${where}: every action must name its service`)
  }
}

function checkOrganizationStatement(statement: Statement): void {
  const where = place(statement)
  requireForOrganizations(actionsOf(statement).length > 0, `${where}: there is no Action`)
  requireForOrganizations(resourcesOf(statement).length > 0, `${where}: there is no Resource`)
  const problem = actionsOf(statement).map(actionProblem).find(Boolean)
  requireForOrganizations(!problem, `${where}: ${problem}`)
}

function requireForOrganizations(holds: boolean, detail: string): void {
  if (!holds) throw new PolicyError(organizationsRefusal, detail)
}

/** What IAM's older parser refuses: dates that are none, and ARNs with holes. */
function checkLegacy(statement: Statement): void {
  const failed = 'The policy failed legacy parsing'
  for (const { operator, operatorName, values } of statement.conditions) {
    const wrong = operator.family === 'Date' && values.find((value) => readDate(value) === undefined)
    if (typeof wrong === 'string')
      throw refusal(statement, failed, `${operatorName} of "${wrong}", which is not a date`)
  }
  for (const resource of resourcesOf(statement)) {
    if (resourceProblem(resource)?.legacy) throw refusal(statement, failed, `resource "${resource}" is not an ARN`)
  }
}

function checkSids(statements: readonly Statement[]): void {
  const seen = new Set<string>()
  for (const statement of statements) {
    const { sid } = statement
    if (!sid) continue
    if (!/^[0-9A-Za-z]*$/.test(sid)) {
      throw refusal(
        statement,
        'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      )
    }
    if (seen.has(sid)) throw refusal(statement, 'Statement IDs (SID) in a single policy must be unique.')
    seen.add(sid)
  }
}

function checkHasActions(statement: Statement): void {
  if (actionsOf(statement).length === 0) throw refusal(statement, 'Policy statement must contain actions.')
}

function checkHasResources(statement: Statement): void {
  if (resourcesOf(statement).length === 0) throw refusal(statement, 'Policy statement must contain resources.')
}

function checkActions(statement: Statement): void {
  for (const action of actionsOf(statement)) {
    const problem = actionProblem(action)
    if (problem) throw refusal(statement, problem, `action "${action}"`)
  }
}

function actionProblem(action: string): string | undefined {
  if (action === '*') return undefined
  const [vendor = '', name, ...more] = action.split(':')
  if (name === undefined) return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
  if (more.length > 0) return 'Actions/Condition can contain only one colon.'
  return vendor === '*' || /^[a-zA-Z0-9.-]+$/.test(vendor) ? undefined : `Vendor ${vendor} is not valid`
}

const actionsOf = ({ action, notAction }: Statement) => action ?? notAction ?? []
const resourcesOf = ({ resource, notResource }: Statement) => resource ?? notResource ?? []

const place = ({ index, sid }: Statement) => `statement ${index + 1}${sid ? ` (${sid})` : ''}`

const refusal = (statement: Statement, message: string, problem = message) =>
  new PolicyError(message, `${place(statement)}: ${problem}`)
