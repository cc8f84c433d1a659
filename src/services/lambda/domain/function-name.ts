import { functionNameTooLong, functionOfOtherRegion, invalidFunctionName, qualifiersDiffer } from './errors.ts'

/** Which function, and which of its versions or aliases, a request means. */
export interface FunctionReference {
  accountId: string
  functionName: string
  /** `$LATEST`, a version's number or an alias, where the request names one. */
  qualifier?: string
}

/** Where a call is made. */
export interface Place {
  partition: string
  accountId: string
  region: string
}

/**
 * Reads a function's name as requests write it: `name`, `111122223333:function:name`, or its ARN, each with or without
 * `:qualifier`.
 * @param qualifier - from the request's own member; when both name one, they must agree.
 * @throws ServiceError ResourceNotFoundException for another region, ValidationException for a name over 64 characters,
 *   InvalidParameterValueException.
 */
export function parseFunctionName(text: string, place: Place, qualifier?: string): FunctionReference {
  const match =
    /^(?:arn:[a-z-]+:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([A-Za-z0-9_-]{1,64})(?::(\$LATEST|[A-Za-z0-9_-]+))?$/.exec(
      text,
    )
  if (!match) throw /^[A-Za-z0-9_-]{65,}$/.test(text) ? functionNameTooLong(text) : invalidFunctionName(text)
  const [, region, accountId = place.accountId, functionName = '', named] = match
  if (region !== undefined && region !== place.region) throw functionOfOtherRegion(region, place.region)
  if (named !== undefined && qualifier !== undefined && named !== qualifier) throw qualifiersDiffer()
  return { accountId, functionName, qualifier: qualifier ?? named }
}

/** The ARN of a function, or of one of its versions or aliases. */
export const functionArn = (
  { partition, region }: Pick<Place, 'partition' | 'region'>,
  { accountId, functionName, qualifier }: FunctionReference,
): string =>
  `arn:${partition}:lambda:${region}:${accountId}:function:${functionName}${qualifier === undefined ? '' : `:${qualifier}`}`

/** The same as messages and policies name it, once more: version numbers are qualifiers that aliases cannot be. */
export const isVersionNumber = (qualifier: string): boolean => /^\d+$/.test(qualifier)
