import type { DescribeParametersRequest, DescribeParametersResult, ParameterMetadata } from '@aws-sdk/client-ssm'
import type { Validated } from '../../../core/operation.ts'
import { describeFilters, passes } from '../domain/filters.ts'
import { approachOf, readPage } from '../domain/listing.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import type { SsmContext } from '../ssm-context.ts'
import { parameterSource } from '../storage/parameter-sources.ts'
import { factsView } from './metadata-views.ts'
import { openPlace, sealPlace } from './page-tokens.ts'
import { arnIn } from './permissions.ts'

/**
 * Lists what is known of parameters besides their values, in order of name.
 *
 * @param request - `ParameterFilters`, or `Filters` in the old form: values of one filter are alternatives, filters hold
 *   together. `Shared`: parameters that other accounts share, which takes a resource share; there is none.
 * @returns a page may hold fewer than `MaxResults`, even none, with a `NextToken`.
 * @throws ServiceError InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, InvalidNextToken.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
 */
export async function describeParameters(
  context: SsmContext,
  request: Validated<DescribeParametersRequest>,
): Promise<DescribeParametersResult> {
  const { Filters, ParameterFilters, MaxResults = 50, NextToken, Shared = false } = request
  const filters = describeFilters(Filters, ParameterFilters)
  const list = ['DescribeParameters', filters, Shared]
  const afterName = openPlace(context, list, NextToken)
  // A policy put on a parameter makes no resource share before it is promoted to one, and what does that is not here.
  if (Shared) return { Parameters: [] }
  const source = parameterSource(context.call.store, context.call, approachOf(filters))
  const fits = filters.length > 0 ? (parameter: StoredParameter) => passes(parameter, filters) : undefined
  const { rows, next } = await readPage(source, fits, afterName, MaxResults)
  const Parameters = rows.map((parameter) => metadataView(context, parameter))
  return { Parameters, ...(next !== undefined && { NextToken: sealPlace(context, list, next) }) }
}

const metadataView = ({ call }: SsmContext, parameter: StoredParameter): ParameterMetadata => ({
  Name: parameter.name,
  ARN: arnIn(call, parameter),
  ...factsView(parameter),
})
