import { ServiceError } from '../../../core/service-error.ts'

// Every refusal of EventBridge Scheduler. Texts without a mark are those of recorded answers or of AWS's documentation; those marked (U)
// are ours.

export const invalid = (message: string) => new ServiceError('ValidationException', 400, message)
const notFound = (message: string) => new ServiceError('ResourceNotFoundException', 404, message)
const conflict = (message: string) => new ServiceError('ConflictException', 409, message)

export const invalidExpression = (text: string) => invalid(`Invalid Schedule Expression ${text}.`)
export const invalidTimeZone = (name: string) => invalid(`Invalid ScheduleExpressionTimezone ${name}.`)
export const scheduleNotFound = (name: string) => notFound(`Schedule ${name} does not exist.`)
export const scheduleExists = (name: string) => conflict(`Schedule ${name} already exists.`)
export const groupNotFound = (name: string) => notFound(`Schedule group ${name} does not exist.`)
export const groupExists = (name: string) => conflict(`Schedule group ${name} already exists.`)
export const defaultGroupStays = () => invalid('Schedule group default cannot be deleted.')
/** (U) */
export const groupIsDeleted = (name: string) => conflict(`Schedule group ${name} is being deleted.`)
export const roleNotAssumable = () =>
  invalid('The execution role you provide must allow AWS EventBridge Scheduler to assume the role.')
export const startsTooEarly = () => invalid('The StartDate you specify cannot be earlier than 5 minutes ago.')
/** (U) */
export const endsBeforeStart = () => invalid('The EndDate you specify must be later than the StartDate.')
/** (U) */
export const endsInPast = () => invalid('The EndDate you specify cannot be in the past.')
/** (U) */
export const windowNeeded = () =>
  invalid('MaximumWindowInMinutes must be specified for the FLEXIBLE mode, and only for it.')
export const invalidTarget = (arn: string) => invalid(`Provided Arn is not in correct format. Arn: ${arn}`)
/** (U) */
export const notSupported = (what: string) => invalid(`${what} is not supported.`)
/** (U) */
export const parameterNeeded = (parameter: string, target: string) =>
  invalid(`${parameter} must be specified for the target ${target}.`)
/** (U) */
export const invalidInput = () => invalid('Target.Input must be a JSON object for this target.')
export const quotaExceeded = (what: string, most: number) =>
  new ServiceError('ServiceQuotaExceededException', 402, `The maximum number of ${what} is ${most}.`)
/** (U) */
export const invalidToken = () => invalid('Invalid NextToken.')
/** (U) */
export const tokenUsed = () => conflict('The ClientToken was used for another request.')
/** (U) */
export const reservedTag = () => invalid('Tag keys that begin with aws: are reserved.')
/** (U) */
export const tooManyTags = () => invalid('A schedule group can have 50 tags.')
