import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PolicyImportResult } from '../../services/iam/managed-policy-imports.ts'
import { partsOf } from '../parts.ts'
import { progressLine } from '../progress.ts'
import { askTask, type ServerOptions } from '../server-client.ts'
import { UserError } from '../user-error.ts'

/**
 * Imports managed policies of AWS from files that `aws iam get-account-authorization-details` printed.
 * @param paths - files, and folders of them.
 * @throws UserError - a file cannot be read, or the server refused policies; those that it took hold.
 */
export async function importManagedPolicies(paths: readonly string[], options: ServerOptions): Promise<void> {
  const policies = paths.flatMap(filesAt).flatMap(policiesIn)
  if (policies.length === 0) throw new UserError('there are no policies to import.')
  const results: PolicyImportResult[] = []
  const line = progressLine('importing')
  try {
    for (const part of partsOf(policies)) {
      const answer = await askTask<{ results: PolicyImportResult[] }>('managed-policies', { policies: part }, options)
      results.push(...answer.results)
      line.show(results.length, policies.length)
    }
  } finally {
    line.end()
  }
  report(results)
}

function report(results: readonly PolicyImportResult[]): void {
  const of = (outcome: PolicyImportResult['outcome']) => results.filter((result) => result.outcome === outcome)
  for (const outcome of ['added', 'updated'] as const) {
    for (const { arn } of of(outcome)) console.log(`${outcome} ${arn}`)
  }
  const refused = of('refused')
  for (const { arn = 'a policy without Arn', reason } of refused) console.error(`refused ${arn}: ${reason}`)
  const counts = (['added', 'updated', 'unchanged', 'refused'] as const).map((name) => `${of(name).length} ${name}`)
  console.log(`${counts.join(', ')}.`)
  if (refused.length > 0) throw new UserError(`${refused.length} of ${results.length} policies were refused.`)
}

function filesAt(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    const files = readdirSync(path).filter((name) => name.endsWith('.json'))
    return files.sort().map((name) => join(path, name))
  } catch (cause) {
    throw new UserError(`${path} cannot be read: ${(cause as Error).message}`)
  }
}

function policiesIn(file: string): object[] {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new UserError(`${file} cannot be read as JSON: ${(cause as Error).message}`)
  }
  const { Policies: policies } = (content ?? {}) as { Policies?: unknown }
  if (!Array.isArray(policies)) {
    throw new UserError(
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
