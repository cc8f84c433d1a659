import type { RoutingRule, WebsiteConfiguration } from '@aws-sdk/client-s3'
import { invalidArgument, invalidRequest, malformedXml } from './errors.ts'

const mostRules = 50

/**
 * Checks a website configuration.
 * @throws ServiceError MalformedXML, InvalidArgument, InvalidRequest.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
 */
export function checkWebsite(given: WebsiteConfiguration | undefined): WebsiteConfiguration {
  if (!given) throw malformedXml()
  const { RedirectAllRequestsTo: all, IndexDocument, ErrorDocument, RoutingRules = [] } = given
  if (all) {
    if (IndexDocument || ErrorDocument || RoutingRules.length > 0) {
      throw invalidRequest('RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.')
    }
    if (!all.HostName) throw malformedXml()
    checkProtocol(all.Protocol)
    return given
  }
  const { Suffix } = IndexDocument ?? {}
  if (Suffix === undefined) {
    throw invalidArgument(
      'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty',
      'IndexDocument',
      'null',
    )
  }
  if (Suffix === '' || Suffix.includes('/')) {
    throw invalidArgument('The IndexDocument Suffix is not well formed', 'IndexDocument', Suffix)
  }
  if (ErrorDocument && !ErrorDocument.Key) throw malformedXml()
  if (RoutingRules.length > mostRules) {
    throw invalidRequest(
      `${RoutingRules.length} routing rules provided, the number of routing rules in a website configuration is limited to ${mostRules}.`,
    )
  }
  for (const rule of RoutingRules) checkRule(rule)
  return given
}

function checkRule({ Condition, Redirect }: RoutingRule): void {
  if (!Redirect || Object.values(Redirect).every((value) => value === undefined)) throw malformedXml()
  const { HttpErrorCodeReturnedEquals: status, KeyPrefixEquals: prefix } = Condition ?? {}
  if (Condition && status === undefined && prefix === undefined) {
    throw invalidRequest(
      "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
    )
  }
  if (status !== undefined && !/^[45]\d\d$/.test(status)) {
    throw invalidRequest(`The provided HTTP error code (${status}) is not valid. Valid codes are 4XX or 5XX.`)
  }
  const { HttpRedirectCode: code, ReplaceKeyPrefixWith, ReplaceKeyWith, Protocol } = Redirect
  if (code !== undefined && (!/^3\d\d$/.test(code) || code === '300')) {
    throw invalidRequest(`The provided HTTP redirect code (${code}) is not valid. Valid codes are 3XX except 300.`)
  }
  if (ReplaceKeyPrefixWith !== undefined && ReplaceKeyWith !== undefined) {
    throw invalidRequest('You can only define ReplaceKeyPrefix or ReplaceKey but not both.')
  }
  checkProtocol(Protocol)
}

function checkProtocol(protocol: string | undefined): void {
  if (protocol !== undefined && protocol !== 'http' && protocol !== 'https') {
    throw invalidRequest(
      'Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.',
    )
  }
}
