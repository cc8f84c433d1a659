import { ServiceError } from '../../../core/service-error.ts'

// Every refusal of Glue. Texts are those of AWS's documentation and recorded answers; those marked (U) are ours.

const refusal = (code: string, message: string) => new ServiceError(code, 400, message)

export const databaseNotFound = (name: string) => refusal('EntityNotFoundException', `Database ${name} not found.`)
export const tableNotFound = (name: string) => refusal('EntityNotFoundException', `Table ${name} not found.`)
export const partitionNotFound = () => refusal('EntityNotFoundException', 'Partition not found.')
export const versionNotFound = () => refusal('EntityNotFoundException', 'Table version not found.')
export const policyNotFound = () => refusal('EntityNotFoundException', 'Policy not found.')
export const resourceNotFound = (arn: string) => refusal('EntityNotFoundException', `Entity not found: ${arn}`)

export const databaseExists = () => refusal('AlreadyExistsException', 'Database already exists.')
export const tableExists = () => refusal('AlreadyExistsException', 'Table already exists.')
export const partitionExists = () => refusal('AlreadyExistsException', 'Partition already exists.')

export const invalidInput = (message: string) => refusal('InvalidInputException', message)
export const invalidToken = () => invalidInput('Token is invalid.')
export const wrongValueCount = () =>
  invalidInput('The number of partition keys do not match the number of partition values')
export const unsupportedExpression = (text: string) => invalidInput(`Unsupported expression '${text.slice(0, 200)}'`)
export const otherCatalog = (id: string) =>
  refusal('EntityNotFoundException', `Catalog ${id} not found: catalogs of other accounts are not supported.`)
export const notSupported = (what: string) => invalidInput(`${what} is not supported.`)

export const versionMismatch = () => refusal('VersionMismatchException', 'The table has another version.')
export const lastVersion = () => invalidInput('The latest version of a table cannot be deleted.')
export const policyChanged = () => refusal('ConditionCheckFailureException', 'The policy is not as the condition says.')
export const tooManyTags = () => refusal('InvalidInputException', 'A resource has at most 50 tags.')
