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

/** For a token that was altered, given to another lookup, or given too long ago. */
export const invalidNextToken = () =>
  refusal('InvalidNextTokenException', 'The token is not valid for this lookup, or it has expired.')

export const rateExceeded = () => refusal('ThrottlingException', 'Rate exceeded')
