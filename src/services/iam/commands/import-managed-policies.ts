import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandLine, CommandRun } from '../../../core/services/service-command.ts'
import type { PolicyImportResult } from '../managed-policy-imports.ts'

type Refusal = CommandLine['refusal']

/**
 * Imports managed policies of AWS from files that `aws iam get-account-authorization-details` printed, and folders of them.
 * Refuses when a file cannot be read, or the server refused policies; those that it took hold.
 */
export const importManagedPolicies: CommandRun<object> = async (
  { arguments: paths },
  { askTask, sendInParts, refusal },
) => {
  const files = paths.flatMap((path) => filesAt(path, refusal))
  const policies = files.flatMap((file) => policiesIn(file, refusal))
  if (policies.length === 0) throw refusal('there are no policies to import: name a file that the AWS CLI printed.')
  const results: PolicyImportResult[] = []
  await sendInParts(policies, async (part) => {
    const answer = await askTask<{ results: PolicyImportResult[] }>('managed-policies', { policies: part })
    results.push(...answer.results)
  })
  report(results, refusal)
}

function report(results: readonly PolicyImportResult[], refusal: Refusal): void {
  const of = (outcome: PolicyImportResult['outcome']) => results.filter((result) => result.outcome === outcome)
  for (const outcome of ['added', 'updated'] as const) {
    for (const { arn } of of(outcome)) console.log(`${outcome} ${arn}`)
  }
  const refused = of('refused')
  for (const { arn = 'a policy without Arn', reason } of refused) console.error(`refused ${arn}: ${reason}`)
  const counts = (['added', 'updated', 'unchanged', 'refused'] as const).map((name) => `${of(name).length} ${name}`)
  console.log(`${counts.join(', ')}.`)
  if (refused.length > 0) throw refusal(`${refused.length} of ${results.length} policies were refused.`)
}

function filesAt(path: string, refusal: Refusal): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    const files = readdirSync(path).filter((name) => name.endsWith('.json'))
    return files.sort().map((name) => join(path, name))
  } catch (cause) {
    throw refusal(`${path} cannot be read: ${(cause as Error).message}`)
  }
}

function policiesIn(file: string, refusal: Refusal): object[] {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw refusal(`${file} cannot be read as JSON: ${(cause as Error).message}`)
  }
  const { Policies: policies } = (content ?? {}) as { Policies?: unknown }
  if (!Array.isArray(policies)) {
    throw refusal(
      `${file} holds no list of Policies: print one with "aws iam get-account-authorization-details --filter AWSManagedPolicy".`,
    )
  }
  return policies.map(withDefaultVersionAlone)
}

/** Earlier versions are not kept, and there may be hundreds. */
function withDefaultVersionAlone(policy: { DefaultVersionId?: unknown; PolicyVersionList?: unknown }): object {
  const { DefaultVersionId, PolicyVersionList: versions } = policy ?? {}
  if (!Array.isArray(versions)) return policy
  return { ...policy, PolicyVersionList: versions.filter((version) => version?.VersionId === DefaultVersionId) }
}
