import vm from 'node:vm'
import type { ParameterType } from '@aws-sdk/client-ssm'
import { compileJavaPattern } from '../../../core/java-pattern.ts'
import {
  dataTypeNotForType,
  dataTypeUnknown,
  imageIdMalformed,
  integrationMalformed,
  patternInvalid,
  patternMismatch,
  valueNests,
} from './errors.ts'

export const textDataType = 'text'
export const imageDataType = 'aws:ec2:image'
const integrationDataType = 'aws:ssm:integration'

/** Where parameters for integrations stand. */
const integrationPath = '/d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/webhook/'

/** @throws ServiceError ValidationException. */
export function checkDataType(dataType: string, type: ParameterType, value: string, qualified: string): void {
  switch (dataType) {
    case textDataType:
      return
    case imageDataType:
      if (type !== 'String') throw dataTypeNotForType(dataType, type)
      if (!/^ami-[0-9a-f]{8,17}$/.test(value)) throw imageIdMalformed()
      return
    case integrationDataType:
      if (type !== 'SecureString') throw dataTypeNotForType(dataType, type)
      if (!qualified.startsWith(integrationPath) || !hasUrl(value)) throw integrationMalformed()
      return
    default:
      throw dataTypeUnknown(dataType)
  }
}

function hasUrl(value: string): boolean {
  try {
    return typeof JSON.parse(value)?.url === 'string'
  } catch {
    return false
  }
}

/** @throws ServiceError ValidationException. */
export function checkNesting(value: string): void {
  const opening = value.indexOf('{{')
  if (opening >= 0 && value.includes('}}', opening + 2)) throw valueNests()
}

/** @throws ServiceError InvalidAllowedPatternException. */
export function checkPattern(pattern: string): void {
  compilePattern(pattern)
}

/**
 * The whole value must match. The pattern is the caller's, so it gets a limited time: one that explodes is a mismatch.
 * @throws ServiceError ParameterPatternMismatchException, InvalidAllowedPatternException.
 */
export function checkAgainstPattern(pattern: string, value: string): void {
  if (!matchesInTime(compilePattern(pattern), value)) throw patternMismatch(pattern)
}

const ignoringCase = '(?i)'

function compilePattern(pattern: string): RegExp {
  try {
    if (!pattern.startsWith(ignoringCase)) return compileJavaPattern(pattern)
    return new RegExp(compileJavaPattern(pattern.slice(ignoringCase.length)), 'iu')
  } catch {
    // What is no regular expression, and the few of Java's that have no equal here.
    throw patternInvalid()
  }
}

const matchingMs = 50
const sandbox: { expression?: RegExp; value?: string } = vm.createContext({})
const matching = new vm.Script('expression.test(value)')

function matchesInTime(expression: RegExp, value: string): boolean {
  Object.assign(sandbox, { expression, value })
  try {
    return matching.runInContext(sandbox, { timeout: matchingMs }) === true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false
    // An expression is made ready when it is first used, and may then turn out to be too large.
    if (error instanceof SyntaxError || error instanceof RangeError) throw patternInvalid()
    throw error
  } finally {
    // The value is a secret, and must not outlive its check.
    Object.assign(sandbox, { expression: undefined, value: undefined })
  }
}
