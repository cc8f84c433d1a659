import { ServiceError } from '../../../core/service-error.ts'

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)

export const invalidValue = (message: string) => refusal('InvalidParameterValueException', message)
export const invalidCombination = (message: string) => refusal('InvalidParameterCombinationException', message)
export const missingParameter = (name: string) =>
  refusal('MissingRequiredParameterException', `The parameter ${name} is required.`)
export const validationError = (message: string) => refusal('ValidationException', message)

export const notSupported = (value: string, parameter: string) =>
  invalidValue(`The value ${value} for parameter ${parameter} is not supported.`)

export const tooMany = (collection: string, most: number) =>
  invalidValue(`The collection ${collection} must not have a size greater than ${most}.`)

export const mutuallyExclusive = (one: string, other: string) =>
  invalidCombination(`The parameters ${one} and ${other} are mutually exclusive and you have specified both.`)

export const invalidNextToken = () => refusal('InvalidNextToken', 'The next token specified is invalid.')

export const startNotBeforeEnd = () => invalidValue('The parameter StartTime must be less than the parameter EndTime.')

export const invalidPeriod = (name: string) =>
  invalidValue(`The parameter ${name} must be 1, 5, 10, 20, 30, or a multiple of 60.`)

/** @param most - AWS's limit of one answer. */
export const tooManyDatapoints = (requested: number, most: number) =>
  invalidCombination(
    `You have requested up to ${requested} datapoints, which exceeds the limit of ${most}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
  )

/** Refuses an expression that cannot be read or evaluated. @param problem - a sentence. */
export const expressionError = (id: string, problem: string) =>
  validationError(`Error in expression '${id}': ${problem}`)

export const requestTooLarge = () =>
  new ServiceError('RequestEntityTooLarge', 413, 'The request is larger than the limit of 1048576 bytes.')

/** @param message - of an alarm or a dashboard. */
export const resourceNotFound = (message: string) => new ServiceError('ResourceNotFound', 404, message)

/** Refuses an operation on the tags of what is not there. */
export const taggedResourceNotFound = (type: string, id: string) =>
  new ServiceError('ResourceNotFoundException', 404, undefined, { ResourceType: type, ResourceId: id })

export const invalidFormat = (message: string) => refusal('InvalidFormatFault', message)

export const dashboardNotFound = (name: string) =>
  new ServiceError('DashboardNotFoundError', 404, `Dashboard ${name} does not exist`)

/** @param problems - what is wrong with the body, where it is the body. */
export const invalidDashboard = (message: string, problems: readonly object[] = []) =>
  new ServiceError('DashboardInvalidInputError', 400, message, {
    ...(problems.length > 0 && { dashboardValidationMessages: problems }),
  })
