import type { CORSRule } from '@aws-sdk/client-s3'
import { invalidRequest, malformedXml } from './errors.ts'

const methods = new Set(['GET', 'PUT', 'HEAD', 'POST', 'DELETE'])
const mostRules = 100

/**
 * Checks the rules of a CORS configuration.
 * @throws ServiceError MalformedXML, InvalidRequest.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
 */
export function checkCorsRules(rules: readonly CORSRule[] | undefined): readonly CORSRule[] {
  if (!rules || rules.length === 0 || rules.length > mostRules) throw malformedXml()
  for (const { AllowedMethods = [], AllowedOrigins = [], AllowedHeaders = [], ExposeHeaders = [] } of rules) {
    if (AllowedMethods.length === 0 || AllowedOrigins.length === 0) throw malformedXml()
    const unknown = AllowedMethods.find((method) => !methods.has(method))
    if (unknown !== undefined) {
      throw invalidRequest(`Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`)
    }
    const twoWildcards = (kind: string, text: string) =>
      invalidRequest(`${kind} "${text}" can not have more than one wildcard.`)
    for (const origin of AllowedOrigins) if (wildcards(origin) > 1) throw twoWildcards('AllowedOrigin', origin)
    for (const header of AllowedHeaders) if (wildcards(header) > 1) throw twoWildcards('AllowedHeader', header)
    const exposed = ExposeHeaders.find((header) => wildcards(header) > 0)
    if (exposed !== undefined) {
      throw invalidRequest(
        `ExposeHeader "${exposed}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
      )
    }
  }
  return rules
}

const wildcards = (text: string) => text.split('*').length - 1
