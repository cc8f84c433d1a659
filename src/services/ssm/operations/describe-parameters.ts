import type { DescribeParametersRequest, DescribeParametersResult, ParameterMetadata } from '@aws-sdk/client-ssm'
import type { Validated } from '../../../core/operation.ts'
import { asksForPublic, describeFilters } from '../domain/filters.ts'
import { indexValuesOf, searchScopeOf } from '../domain/listing.ts'
import type { PublicParameter } from '../domain/public-parameter.ts'
import type { SsmContext } from '../ssm-context.ts'
import { factsView } from './metadata-views.ts'
import { openPlace } from './page-tokens.ts'
import { parameterPage } from './parameter-pages.ts'
import { arnIn } from './permissions.ts'
import { publicView } from './read-parameter.ts'

/**
 * Lists what is known of parameters besides their values, in order of name.
 *
 * @param request - `ParameterFilters`, or `Filters` in the old form: values of one filter are alternatives, filters hold
 *   together; a name or path under `/aws/service` asks for public parameters. `Shared`: parameters that other accounts
 *   share, which takes a resource share; there is none.
 * @returns a page may hold fewer than `MaxResults`, even none, with a `NextToken`.
 * @throws ServiceError InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, InvalidNextToken.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
 */
export async function describeParameters(
  context: SsmContext,
  request: Validated<DescribeParametersRequest>,
): Promise<DescribeParametersResult> {
  const { Filters, ParameterFilters, MaxResults: limit = 50, NextToken: token, Shared = false } = request
  const { call } = context
  const filters = describeFilters(Filters, ParameterFilters)
  const list = [filters, Shared]
  if (Shared) {
    // A policy put on a parameter makes no resource share before it is promoted to one, and what does that is not here.
    openPlace(context, list, token)
    return { Parameters: [] }
  }
  return parameterPage(
    context,
    {
      list,
      searchScope: searchScopeOf(filters),
      narrowed: indexValuesOf(filters),
      filters,
      isPublic: asksForPublic(filters),
    },
    { limit, token },
    {
      own: (parameter): ParameterMetadata => ({
        Name: parameter.name,
        ARN: arnIn(call, parameter),
        ...factsView(parameter),
      }),
      published: (parameter) => publicMetadata(context, parameter),
    },
  )
}

function publicMetadata({ call }: SsmContext, parameter: PublicParameter): ParameterMetadata {
  const { Value: _, ...shown } = publicView(call, parameter)
  return { ...shown, Tier: parameter.tier, Policies: [] }
}
