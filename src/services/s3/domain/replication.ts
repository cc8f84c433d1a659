import { createHash } from 'node:crypto'
import type { Destination, ReplicationConfiguration, ReplicationRule } from '@aws-sdk/client-s3'
import { invalidArgument, invalidRequest, malformedXml } from './errors.ts'

const mostRules = 1000
const switches = new Set(['Enabled', 'Disabled'])

/** Where the rules of a configuration lead: the name of the bucket, and the account that is said to own it. */
export interface ReplicationTarget {
  bucket: string
  accountId?: string | undefined
}

/**
 * Checks a replication configuration, and names its rules without an id.
 * @throws ServiceError MalformedXML, InvalidArgument, InvalidRequest.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html
 */
export function checkReplication(given: ReplicationConfiguration | undefined): {
  configuration: ReplicationConfiguration
  targets: ReplicationTarget[]
} {
  const { Role, Rules: rules = [] } = given ?? {}
  if (Role === undefined || rules.length === 0 || rules.length > mostRules) throw malformedXml()
  if (!/^arn:aws:iam::\d{12}:role\/.+$/.test(Role)) throw invalidArgument('Invalid Role', 'Role', Role)
  const Rules = rules.map((rule) => ({ ...rule, ID: rule.ID || idOf(rule) }))
  if (new Set(Rules.map(({ ID }) => ID)).size < Rules.length) {
    throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule')
  }
  const priorities = Rules.flatMap(({ Priority }) => (Priority === undefined ? [] : [Priority]))
  if (new Set(priorities).size < priorities.length) {
    throw invalidRequest('Found duplicate priorities in the replication configuration.')
  }
  if (new Set(Rules.map(({ Filter }) => Filter === undefined)).size > 1) {
    throw invalidRequest('All rules must have the same version of the replication configuration schema.')
  }
  return { configuration: { Role, Rules }, targets: Rules.map(checkRule) }
}

const idOf = (rule: ReplicationRule) =>
  createHash('sha256').update(JSON.stringify(rule)).digest('base64url').slice(0, 48)

function checkRule(rule: ReplicationRule & { ID: string }): ReplicationTarget {
  const { ID, Status, Prefix, Filter, Destination: destination } = rule
  if (ID.length > 255) throw invalidArgument('ID length should not exceed allowed limit of 255')
  if (!isSwitch(Status) || !destination) throw malformedXml()
  // A rule of the older form has a prefix; one of the newer form a filter, which may be empty.
  if (Prefix !== undefined && Filter !== undefined) throw malformedXml()
  if (Filter === undefined && Prefix === undefined) throw malformedXml()
  if (Filter !== undefined) checkFilter(rule, Filter)
  checkSelection(rule, destination)
  return checkDestination(destination)
}

const isSwitch = (status: string | undefined) => status !== undefined && switches.has(status)

const newerForm = (what: string) =>
  invalidRequest(
    `${what} must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.`,
  )

function checkFilter(rule: ReplicationRule, { Prefix, Tag, And }: NonNullable<ReplicationRule['Filter']>): void {
  const { Priority, DeleteMarkerReplication } = rule
  if ([Prefix, Tag, And].filter((one) => one !== undefined).length > 1) throw malformedXml()
  if (Priority === undefined) throw newerForm('Priority')
  if (Priority < 0) throw invalidArgument('Priority must be a non-negative integer', 'Priority', Priority)
  if (DeleteMarkerReplication === undefined) throw newerForm('DeleteMarkerReplication')
  if (!isSwitch(DeleteMarkerReplication.Status)) throw malformedXml()
  const tags = [...(Tag ? [Tag] : []), ...(And?.Tags ?? [])]
  if (tags.some(({ Key, Value }) => !Key || Value === undefined)) throw malformedXml()
  if (tags.length > 0 && DeleteMarkerReplication.Status === 'Enabled') {
    throw invalidRequest(
      'Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.',
    )
  }
}

function checkSelection(rule: ReplicationRule, { EncryptionConfiguration }: Destination): void {
  const { SseKmsEncryptedObjects: ofKms, ReplicaModifications: ofReplicas } = rule.SourceSelectionCriteria ?? {}
  for (const part of [ofKms, ofReplicas, rule.ExistingObjectReplication]) {
    if (part && !isSwitch(part.Status)) throw malformedXml()
  }
  const keyId = EncryptionConfiguration?.ReplicaKmsKeyID
  if (ofKms?.Status === 'Enabled' && !keyId) {
    throw invalidRequest('ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.')
  }
  if (keyId && !ofKms) {
    throw invalidRequest('SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.')
  }
}

const storageClasses = new Set([
  ...['STANDARD', 'REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING'],
  ...['GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR'],
])

function checkDestination(destination: Destination): ReplicationTarget {
  const { Bucket: arn = '', Account, StorageClass, AccessControlTranslation, ReplicationTime, Metrics } = destination
  const bucket = /^arn:aws:s3:::([^/]+)$/.exec(arn)?.[1]
  if (bucket === undefined) throw invalidArgument('Invalid bucket ARN', 'Bucket', arn)
  if (StorageClass !== undefined && !storageClasses.has(StorageClass)) throw malformedXml()
  if (Account !== undefined && !/^\d{12}$/.test(Account)) throw malformedXml()
  if (AccessControlTranslation && (AccessControlTranslation.Owner !== 'Destination' || !Account)) {
    throw invalidArgument('Account must be specified if AccessControlTranslation is present')
  }
  if (Metrics && !isSwitch(Metrics.Status)) throw malformedXml()
  if (ReplicationTime) {
    if (!isSwitch(ReplicationTime.Status)) throw malformedXml()
    for (const minutes of [ReplicationTime.Time?.Minutes, Metrics?.EventThreshold?.Minutes]) {
      if (minutes !== 15) throw invalidArgument('Replication time must be 15 minutes', 'Minutes', minutes ?? '')
    }
  }
  return { bucket, ...(Account !== undefined && { accountId: Account }) }
}
