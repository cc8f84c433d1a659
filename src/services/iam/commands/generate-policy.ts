import type { CommandLine, CommandRun } from '../../../core/services/service-command.ts'
import type { PolicyDocument, PolicyStatement } from '../past-calls/least-policy.ts'
import type { GeneratedPolicies } from '../past-calls/policy-tasks.ts'
import { count, summaryLines } from './policy-summary.ts'

interface Options {
  principal?: string
  days?: string
  format?: string
}

/** Prints the least policy that the recorded calls of a principal needed, and on stderr on what it rests. */
export const generatePolicy: CommandRun<Options> = async ({ options }, { askTask, refusal }) => {
  const { principal, days, format = 'json' } = options
  if (principal === undefined) throw refusal('name whose calls to look at: --principal ARN.')
  if (format !== 'json' && format !== 'text') throw refusal('--format is json or text.')
  const request = { principal, days: daysOf(days, refusal) }
  const { policies, actions, basis } = await askTask<GeneratedPolicies>('generate-policy', request)
  for (const line of summaryLines(basis)) console.error(line)
  if (policies.length === 0)
    throw refusal(`no recorded call of ${principal} needed a permission: there is nothing to allow.`)
  if (policies.length > 1) {
    console.error(`One policy would exceed IAM's size: these are ${policies.length}, to be attached together.`)
  }
  const print = format === 'text' ? (policy: PolicyDocument) => textOf(policy, actions) : jsonOf
  console.log(policies.map(print).join('\n'))
}

/** @throws what refusal makes. */
export function daysOf(days: string | undefined, refusal: CommandLine['refusal']): number | undefined {
  if (days === undefined) return undefined
  if (!/^[1-9]\d{0,3}$/.test(days)) throw refusal('--days is a whole number of days.')
  return Number(days)
}

const jsonOf = (policy: PolicyDocument) => JSON.stringify(policy, null, 2)

/** The policy with a comment over each statement. */
function textOf({ Version, Statement }: PolicyDocument, actions: GeneratedPolicies['actions']): string {
  const commented = Statement.map((statement) => {
    const lines = JSON.stringify(statement, null, 2).split('\n')
    return [...commentsOn(statement, actions).map((comment) => `// ${comment}`), ...lines]
      .map((line) => `    ${line}`)
      .join('\n')
  })
  return `{\n  "Version": "${Version}",\n  "Statement": [\n${commented.join(',\n')}\n  ]\n}`
}

function commentsOn({ Action, Resource, Condition }: PolicyStatement, actions: GeneratedPolicies['actions']): string[] {
  return [
    ...Action.map((action) => `${action}: needed by ${count(actions[action] ?? 0, 'call')}`),
    ...(Resource.includes('*') ? ['* because the actions take no resource, or the records name none'] : []),
    ...(Condition ? ['only called by a service for the principal'] : []),
  ]
}
