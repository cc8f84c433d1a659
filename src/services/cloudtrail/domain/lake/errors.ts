import { ServiceError } from '../../../../core/service-error.ts'

// AWS publishes these exceptions without their texts; the texts are ours.

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)

export const storeExists = (name: string) =>
  refusal('EventDataStoreAlreadyExistsException', `An event data store named ${name} already exists.`)

export const tooManyStores = (most: number) =>
  refusal('EventDataStoreMaxLimitExceededException', `There are already ${most} event data stores in this Region.`)

export const storeProtected = (arn: string) =>
  refusal('EventDataStoreTerminationProtectedException', `Termination protection is enabled for ${arn}.`)

export const storeHasImport = (arn: string) =>
  refusal('EventDataStoreHasOngoingImportException', `An import into ${arn} is running.`)

export const storeHasChannel = (arn: string) =>
  refusal('ChannelExistsForEDSException', `A channel leads to ${arn}. Delete the channel first.`)

export const storeInactive = (arn: string) =>
  refusal('InactiveEventDataStoreException', `The event data store ${arn} is pending deletion.`)

export const invalidStoreStatus = (arn: string, status: string) =>
  refusal('InvalidEventDataStoreStatusException', `The status of ${arn} is ${status}, in which this cannot be done.`)

export const invalidStoreCategory = (message: string) => refusal('InvalidEventDataStoreCategoryException', message)

export const storeKeyInsufficient = (keyArn: string) =>
  refusal('InsufficientEncryptionPolicyException', `The policy of ${keyArn} does not let CloudTrail use the key.`)

export const federationNotBuilt = () =>
  refusal(
    'UnsupportedOperationException',
    'Federation of event data stores is not built here: query them with StartQuery.',
  )

export const managedDashboardsNotBuilt = () =>
  refusal(
    'UnsupportedOperationException',
    'Dashboards of AWS, whose names begin with AWSCloudTrail-, are not built here: create one of your own.',
  )

export const generationNotBuilt = () =>
  refusal(
    'UnsupportedOperationException',
    'There is no language model here that writes queries: see SearchSampleQueries.',
  )

export const engineMissing = () =>
  refusal(
    'UnsupportedOperationException',
    'Queries need the optional package @duckdb/node-api, which is not installed where the server runs.',
  )

export const invalidQueryStatement = (message: string) => refusal('InvalidQueryStatementException', message)

export const tooManyQueries = (most: number) =>
  refusal('MaxConcurrentQueriesException', `You can run at most ${most} queries at a time.`)

export const queryNotFound = (id: string) => refusal('QueryIdNotFoundException', `The query ${id} was not found.`)

export const queryInactive = (id: string) =>
  refusal('InactiveQueryException', `The query ${id} has ended and cannot be cancelled.`)

export const invalidDateRange = () =>
  refusal('InvalidDateRangeException', 'The start time must not be after the end time.')

export const channelExists = (message: string) => refusal('ChannelAlreadyExistsException', message)

export const tooManyChannels = (most: number) =>
  refusal('ChannelMaxLimitExceededException', `There are already ${most} channels.`)

export const invalidSource = (source: string) =>
  refusal('InvalidSourceException', `${source} is not a source of events: use Custom or the name of a partner.`)

export const policyNotFound = (arn: string) =>
  refusal('ResourcePolicyNotFoundException', `${arn} has no resource policy.`)

export const policyNotValid = (message: string) => refusal('ResourcePolicyNotValidException', message)

export const resourceArnNotValid = (arn: string) =>
  refusal('ResourceARNNotValidException', `${arn} is not the ARN of a resource.`)

export const importRunning = (id: string) =>
  refusal('AccountHasOngoingImportException', `The import ${id} is running; there can be one at a time.`)

export const invalidImportSource = (message: string) => refusal('InvalidImportSourceException', message)

export const configurationNotFitting = (message: string) => refusal('InvalidParameterCombinationException', message)

export const conflict = (message: string) => refusal('ConflictException', message)

export const quotaExceeded = (message: string) => refusal('ServiceQuotaExceededException', message)
