import { ServiceError } from '../../../core/service-error.ts'

// AWS publishes these exceptions without their texts; the texts are ours.

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)

export const tooManyLookupAttributes = (count: number) =>
  refusal('InvalidLookupAttributesException', `You can specify only one lookup attribute; ${count} were specified.`)

export const unknownLookupAttribute = (key: string, known: readonly string[]) =>
  refusal(
    'InvalidLookupAttributesException',
    `The lookup attribute key ${key} is not valid. Specify one of these: ${known.join(', ')}.`,
  )

export const invalidLookupValue = (limit: number) =>
  refusal(
    'InvalidLookupAttributesException',
    `The value of a lookup attribute must have 1 to ${limit} characters; underscores, spaces, commas and line breaks count twice.`,
  )

export const invalidTimeRange = () =>
  refusal(
    'InvalidTimeRangeException',
    'The start time and the end time must be times, and the start must not be after the end.',
  )

export const invalidMaxResults = (limit: number) =>
  refusal('InvalidMaxResultsException', `The maximum number of results must be from 1 to ${limit}.`)

export const invalidEventCategory = () =>
  refusal('InvalidEventCategoryException', 'The event category is not valid. The only valid value is insight.')

/** Returns the refusal for a token that was altered, given to another lookup, or given too long ago. */
export const invalidNextToken = () =>
  refusal('InvalidNextTokenException', 'The token is not valid for this lookup, or it has expired.')

export const rateExceeded = () => refusal('ThrottlingException', 'Rate exceeded')

/** The texts of names are AWS's. */
export const trailNameInvalid = (message: string) => refusal('InvalidTrailNameException', message)

export const trailArnInvalid = (arn: string) =>
  refusal('CloudTrailARNInvalidException', `The ARN ${arn} is not the ARN of a trail.`)

/** The text is AWS's. */
export const trailNotFound = (nameOrArn: string, accountId: string) =>
  refusal('TrailNotFoundException', `Unknown trail: ${nameOrArn} for the user: ${accountId}`)

export const invalidEventSelectors = (message: string) => refusal('InvalidEventSelectorsException', message)

export const eventDataStoreArnInvalid = (text: string) =>
  refusal('EventDataStoreARNInvalidException', `${text} is not the ARN of an event data store.`)

export const eventDataStoreNotFound = (arn: string) =>
  refusal('EventDataStoreNotFoundException', `The event data store ${arn} was not found.`)

export const channelArnInvalid = (text: string) =>
  refusal('ChannelARNInvalidException', `${text} is not the ARN of a channel.`)

export const channelNotFound = (arn: string) => refusal('ChannelNotFoundException', `The channel ${arn} was not found.`)

export const resourceNotFound = (name: string) => refusal('ResourceNotFoundException', `${name} was not found.`)

export const importNotFound = (id: string) => refusal('ImportNotFoundException', `The import ${id} was not found.`)

export const trailAndStoreTogether = () =>
  refusal('InvalidParameterCombinationException', 'Specify TrailName or EventDataStore, not both.')

export const trailOrStoreNeeded = () => refusal('InvalidParameterException', 'Specify TrailName or EventDataStore.')

/** Returns the refusal for a list that has nothing and so gave no token. */
export const noSuchToken = () => refusal('InvalidNextTokenException', 'The token is not one that this list gave.')
