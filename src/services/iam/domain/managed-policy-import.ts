import { readPolicyText } from '../../../kit/policy-text.ts'
import type { ManagedPolicy } from './entities.ts'
import { parseIamArn, policyNameIn, policyPathIn } from './names.ts'

/** What is wrong with a policy to import. */
export class ImportProblem extends Error {}

/**
 * Reads one of AWS's managed policies in the form of GetAccountAuthorizationDetails: of its versions, the default one.
 * `AttachmentCount`, `PermissionsBoundaryUsageCount` and `IsAttachable` are those of another account and passed over.
 * @param nowMs - for dates that are missing.
 * @throws ImportProblem
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_ManagedPolicyDetail.html
 */
export function readManagedPolicy(value: unknown, nowMs: number): ManagedPolicy {
  const given = recordOf(value, 'The policy')
  const arn = textOf(given, 'Arn')
  const named = arn === undefined ? undefined : parseIamArn(arn)
  if (arn === undefined || named?.kind !== 'policy' || named.accountId !== 'aws') {
    throw new ImportProblem('Arn must be that of a managed policy of AWS: arn:aws:iam::aws:policy/….')
  }
  const [name, path] = [policyNameIn(arn), policyPathIn(arn)]
  if ((textOf(given, 'PolicyName') ?? name) !== name)
    throw new ImportProblem('PolicyName must be the last part of Arn.')
  if ((textOf(given, 'Path') ?? path) !== path) throw new ImportProblem('Path must be the path in Arn.')
  const id = textOf(given, 'PolicyId')
  if (id === undefined || !/^ANPA[A-Z0-9]{12,124}$/.test(id)) throw new ImportProblem('PolicyId must begin with ANPA.')
  const description = textOf(given, 'Description')
  if (description !== undefined && description.length > 1000) {
    throw new ImportProblem('Description must have 1,000 characters at most.')
  }
  const defaultVersionId = textOf(given, 'DefaultVersionId')
  if (defaultVersionId === undefined || !/^v[1-9]\d{0,5}$/.test(defaultVersionId)) {
    throw new ImportProblem('DefaultVersionId must be v1, v2 ….')
  }
  const version = defaultVersionOf(given, defaultVersionId)
  const updatedAtMs = dateOf(given, 'UpdateDate') ?? nowMs
  return {
    name,
    path,
    id,
    arn,
    description,
    createdAtMs: dateOf(given, 'CreateDate') ?? updatedAtMs,
    updatedAtMs,
    tags: [],
    versions: [
      {
        versionId: defaultVersionId,
        document: documentOf(version),
        createdAtMs: dateOf(version, 'CreateDate') ?? updatedAtMs,
      },
    ],
    defaultVersionId,
    lastVersion: Number(defaultVersionId.slice(1)),
  }
}

function defaultVersionOf(policy: Given, versionId: string): Given {
  const versions = policy.PolicyVersionList
  if (!Array.isArray(versions)) throw new ImportProblem('PolicyVersionList must be a list.')
  const found = versions
    .map((version) => recordOf(version, 'A version in PolicyVersionList'))
    .find(({ VersionId }) => VersionId === versionId)
  if (!found) throw new ImportProblem(`PolicyVersionList must hold the default version, ${versionId}.`)
  return found
}

/** The AWS CLI prints documents as JSON; the service answers them as percent-encoded text. */
function documentOf({ Document: given }: Given): string {
  const document = typeof given === 'string' ? decoded(given) : JSON.stringify(recordOf(given, 'Document'))
  readPolicyText(document, 'identity', ({ message, detail }) => new ImportProblem(`Document: ${message} (${detail})`), {
    anyVersion: true,
  })
  return document
}

function decoded(text: string): string {
  if (!text.startsWith('%7B')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ImportProblem('Document is not percent-encoded as it should be.')
  }
}

type Given = Readonly<Record<string, unknown>>

function recordOf(value: unknown, what: string): Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ImportProblem(`${what} must be a JSON object.`)
  }
  return value as Given
}

function textOf(given: Given, member: string): string | undefined {
  const value = given[member]
  if (value !== undefined && typeof value !== 'string') throw new ImportProblem(`${member} must be text.`)
  return value
}

function dateOf(given: Given, member: string): number | undefined {
  const text = textOf(given, member)
  if (text === undefined) return undefined
  const timeMs = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(timeMs)) throw new ImportProblem(`${member} must be a time such as 2026-03-01T12:00:00Z.`)
  return timeMs
}
