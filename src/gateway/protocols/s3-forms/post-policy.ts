import { ServiceError } from '../../../core/service-error.ts'

/** What a policy says of the file's size, in bytes. */
export interface LengthRange {
  min: number
  max: number
}

/** Fields that a policy does not have to name. */
const uncovered = /^(x-amz-signature|policy|file|awsaccesskeyid|signature|x-ignore-.*)$/

/**
 * Checks the fields of a form against its policy, which the bucket's owner has signed.
 *
 * @param text - base64 of the JSON document.
 * @param fields - by lower-case name, the bucket among them.
 * @param nowMs - of the machine's clock, by which clients sign.
 * @returns the range that the file's size must be in; undefined where the policy does not limit it.
 * @throws ServiceError InvalidPolicyDocument, AccessDenied.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export function checkPostPolicy(
  text: string,
  fields: ReadonlyMap<string, string>,
  nowMs: number,
): LengthRange | undefined {
  const { expiration, conditions } = readPolicy(text)
  if (expiration <= nowMs) throw notAccording('Policy expired.')
  const covered = new Set<string>()
  let range: LengthRange | undefined
  for (const condition of conditions) {
    if (condition.kind === 'length') {
      range = condition.range
      continue
    }
    const { name, value, kind, printed } = condition
    covered.add(name)
    const given = fields.get(name) ?? ''
    const holds = kind === 'eq' ? given === value : startsWith(name, given, value)
    if (!holds) throw notAccording(`Policy Condition failed: ${printed}`)
  }
  for (const name of fields.keys()) {
    if (!covered.has(name) && !uncovered.test(name)) throw notAccording(`Extra input fields: ${name}`)
  }
  return range
}

/** Content types may be several, each of which must begin so. */
function startsWith(name: string, given: string, prefix: string): boolean {
  const values = name === 'content-type' ? given.split(',') : [given]
  return values.every((value) => value.trim().startsWith(prefix) || value.startsWith(prefix))
}

type Condition =
  | { kind: 'eq' | 'starts-with'; name: string; value: string; printed: string }
  | { kind: 'length'; range: LengthRange }

function readPolicy(text: string): { expiration: number; conditions: Condition[] } {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw invalidPolicy('Invalid Base64 encoding.')
  const document = parsed(Buffer.from(text, 'base64').toString('utf8'))
  const { expiration, conditions } = document
  if (expiration === undefined) throw invalidPolicy('Policy missing expiration.')
  const timeMs =
    typeof expiration === 'string' && /^\d{4}-\d\d-\d\dT/.test(expiration) ? Date.parse(expiration) : Number.NaN
  if (Number.isNaN(timeMs)) throw invalidPolicy(`Invalid 'expiration' value: '${printable(expiration)}'`)
  if (conditions === undefined) throw invalidPolicy('Policy missing conditions.')
  if (!Array.isArray(conditions)) throw invalidPolicy("Invalid 'conditions' value: must be a List.")
  return { expiration: timeMs, conditions: conditions.flatMap(readCondition) }
}

function parsed(json: string): { expiration?: unknown; conditions?: unknown } {
  let document: unknown
  try {
    document = JSON.parse(json)
  } catch {
    // JSON.parse throws for nothing but text that is not JSON.
    throw invalidPolicy('Invalid JSON.')
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw invalidPolicy('Invalid JSON.')
  return document
}

function readCondition(condition: unknown): Condition[] {
  if (Array.isArray(condition)) return [readOperation(condition)]
  if (typeof condition !== 'object' || condition === null) throw invalidPolicy('Invalid condition.')
  return Object.entries(condition).map(([field, value]): Condition => {
    if (typeof value !== 'string') throw invalidPolicy(`Invalid Simple-Condition: value must be a string: ${field}`)
    const name = field.toLowerCase()
    return { kind: 'eq', name, value, printed: `["eq", "$${name}", ${JSON.stringify(value)}]` }
  })
}

function readOperation(parts: readonly unknown[]): Condition {
  const [operation, field, value] = parts
  const kind = typeof operation === 'string' ? operation.toLowerCase() : ''
  if (parts.length !== 3) throw invalidPolicy(`Invalid condition: wrong number of arguments in ${printable(parts)}`)
  if (kind === 'content-length-range') {
    const [min, max] = [Number(field), Number(value)]
    if (!Number.isInteger(min) || !Number.isInteger(max) || min < 0 || max < min) {
      throw invalidPolicy(`Invalid content-length-range in ${printable(parts)}`)
    }
    return { kind: 'length', range: { min, max } }
  }
  if (kind !== 'eq' && kind !== 'starts-with') throw invalidPolicy(`Unknown operation in ${printable(parts)}`)
  if (typeof field !== 'string' || !field.startsWith('$') || typeof value !== 'string') {
    throw invalidPolicy(`Invalid condition: ${printable(parts)}`)
  }
  const name = field.slice(1).toLowerCase()
  return { kind, name, value, printed: `["${kind}", "$${name}", ${JSON.stringify(value)}]` }
}

const printable = (value: unknown) => JSON.stringify(value).slice(0, 200)

const invalidPolicy = (problem: string) => new ServiceError('InvalidPolicyDocument', 400, `Invalid Policy: ${problem}`)

const notAccording = (problem: string) =>
  new ServiceError('AccessDenied', 403, `Invalid according to Policy: ${problem}`)
