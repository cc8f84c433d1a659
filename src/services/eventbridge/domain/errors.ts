import { ServiceError } from '../../../core/service-error.ts'

// Every refusal of EventBridge. Texts without a mark are those of recorded answers or of AWS's documentation; those marked (U) are ours.

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)

export const invalid = (message: string) => refusal('ValidationException', message)

export const invalidParameter = (parameter: string, reason?: string) =>
  invalid(`Parameter ${parameter} is not valid.${reason === undefined ? '' : ` Reason: ${reason}`}`)

/** A field that AWS knows and that has no effect here. (U) */
export const notSupported = (field: string) => invalid(`${field} is not supported.`)

const notFound = (message: string) => refusal('ResourceNotFoundException', message)
const exists = (message: string) => refusal('ResourceAlreadyExistsException', message)

// Buses

export const busNotFound = (name: string) => notFound(`Event bus ${name} does not exist.`)
export const busExists = (name: string) => exists(`Event bus ${name} already exists.`)
export const defaultBusStays = () => invalid('Cannot delete event bus default.')
export const defaultBusCannotBeMade = () => invalid('Cannot create event bus default.')
export const busNameWithSlash = () => invalid("Event bus name must not contain '/'.")
/** (U) */
export const busHasRules = () => invalid("Event bus can't be deleted since it has rules.")

// Policies

export const statementNotFound = () => notFound('Statement with the provided id does not exist.')
export const noPolicy = () => notFound('EventBus does not have a policy.')
export const policyTooLong = () =>
  refusal('PolicyLengthExceededException', 'The policy exceeds the maximum length of 10240 characters.')
export const malformedPolicy = (problem: string) => invalid(`Parameter Policy is not valid. Reason: ${problem}`)
export const permissionParameters = () =>
  invalid('Parameters Policy and Action, Principal, StatementId, Condition cannot be given together.')

// Rules and targets

export const patternOrScheduleNeeded = () =>
  invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.')
export const scheduleOnDefaultBusOnly = () => invalid('ScheduleExpression is supported only on the default event bus.')
/** (U) */
export const stateNeedsPattern = () =>
  invalid('ScheduleExpression is not supported with the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS.')
export const ruleNotFound = (name: string, busName: string) =>
  notFound(`Rule ${name} does not exist on EventBus ${busName}.`)
export const ruleHasTargets = () => invalid("Rule can't be deleted since it has targets.")
export const invalidPattern = (reason: string) =>
  refusal('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`)
export const limitExceeded = () =>
  refusal('LimitExceededException', 'The requested resource exceeds the maximum number allowed.')

// Tags

/** (U) */
export const reservedTag = () => invalid('Tag keys that begin with aws: are reserved.')
/** (U) */
export const tagGivenTwice = (key: string) => invalid(`The tag key ${key} is given more than once.`)

// Lists

/** (U) */
export const invalidToken = () => invalid('Parameter NextToken is not valid.')

// Events

export const entriesTooLarge = () => invalid('Total size of the entries in the request is over the limit.')

// Archives and replays

export const archiveNotFound = (name: string) => notFound(`Archive ${name} does not exist.`)
export const archiveExists = (name: string) => exists(`Archive ${name} already exists.`)
export const replayNotFound = (name: string) => notFound(`Replay ${name} does not exist.`)
export const replayExists = (name: string) => exists(`Replay ${name} already exists.`)
export const replayEnded = (name: string) =>
  refusal('IllegalStatusException', `Replay ${name} is not in a valid state for this operation.`)

export const replayRange = () => invalidParameter('EventEndTime', 'EventStartTime must be before EventEndTime.')
export const replayAcrossBuses = () => invalidParameter('Destination.Arn', 'Cross event bus replay is not permitted.')
export const notAnArchive = () => invalidParameter('EventSourceArn', 'Must contain an archive ARN.')
/** (U) */
export const notABus = () =>
  invalidParameter('EventSourceArn', 'Must contain an event bus ARN of the same account and Region.')
/** (U) */
export const notRulesOfBus = () =>
  invalidParameter('Destination.FilterArns', 'Must contain rule ARNs of the event bus.')

// Connections and API destinations

export const connectionNotFound = (name: string) => notFound(`Connection '${name}' does not exist.`)
export const connectionExists = (name: string) => exists(`Connection ${name} already exists.`)
export const destinationNotFound = (name: string) => notFound(`An api-destination '${name}' does not exist.`)
export const destinationExists = (name: string) => exists(`An api-destination '${name}' already exists.`)
export const connectionInUse = (name: string) =>
  refusal('ConcurrentModificationException', `Connection ${name} is used by API destinations.`)
