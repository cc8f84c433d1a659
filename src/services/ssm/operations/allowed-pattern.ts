import { patternInvalid, patternMismatch, rateExceeded } from '../domain/errors.ts'
import { matchPattern } from '../patterns/pattern-matching.ts'

/**
 * The whole value must match.
 * @param pattern - undefined allows every value.
 * @throws ServiceError ParameterPatternMismatchException, InvalidAllowedPatternException, ThrottlingException (more checks of
 *   the account are waiting than a burst explains).
 */
export async function checkAllowedPattern(
  accountId: string,
  pattern: string | undefined,
  value: string,
): Promise<void> {
  if (pattern === undefined) return
  switch (await matchPattern(accountId, { pattern, value })) {
    case 'matches':
      return
    case 'mismatch':
      throw patternMismatch(pattern)
    case 'invalid':
      throw patternInvalid()
    case undefined:
      throw rateExceeded()
  }
}
