import { readFileSync } from 'node:fs'
import type { ManagedPolicy } from '../domain/entities.ts'
import { policyNameIn, policyPathIn } from '../domain/names.ts'

/** What a line of the catalogue holds of a policy, under its ARN. */
interface CatalogueEntry {
  policyId: string
  description?: string
  versionId: string
  /** ISO 8601: of the policy, and of the version in force. */
  createDate: string
  updateDate: string
  document: object
}

/**
 * Finds one of AWS's own managed policies, as the server brings them. Every account can attach them, and none can change
 * them. README.md says where they are from. The file is read when one is first asked for, and each policy is parsed when it is.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
export function findCataloguePolicy(arn: string): ManagedPolicy | undefined {
  const line = catalogueLines().get(arn)
  if (line === undefined) return undefined
  const known = parsed.get(arn)
  if (known) return known
  const policy = managedPolicyOf(arn, JSON.parse(line))
  parsed.set(arn, policy)
  return policy
}

export const cataloguePolicyArns = (): Iterable<string> => catalogueLines().keys()

const parsed = new Map<string, ManagedPolicy>()
let lines: ReadonlyMap<string, string> | undefined

/** JSON text by ARN: the file has a line for each policy. */
function catalogueLines(): ReadonlyMap<string, string> {
  if (lines) return lines
  const text = readFileSync(new URL('./catalogue.generated.json', import.meta.url), 'utf8')
  lines = new Map(text.split('\n').flatMap(lineEntry))
  return lines
}

function lineEntry(line: string): [arn: string, json: string][] {
  if (!line.startsWith('"')) return []
  const end = line.indexOf('"', 1)
  return [[line.slice(1, end), line.slice(end + 2, line.endsWith(',') ? -1 : undefined)]]
}

/** In the form of the customer's own. Earlier versions than the one in force are not held. */
function managedPolicyOf(arn: string, entry: CatalogueEntry): ManagedPolicy {
  const { policyId: id, description, versionId, document } = entry
  const updatedAtMs = Date.parse(entry.updateDate)
  return {
    name: policyNameIn(arn),
    path: policyPathIn(arn),
    id,
    arn,
    description,
    createdAtMs: Date.parse(entry.createDate),
    updatedAtMs,
    tags: [],
    versions: [{ versionId, document: JSON.stringify(document), createdAtMs: updatedAtMs }],
    defaultVersionId: versionId,
    lastVersion: Number(versionId.slice(1)),
  }
}
