import type { SsmContext } from '../ssm-context.ts'
import { openPlace } from './page-tokens.ts'

// Systems Manager beside Parameter Store manages nodes, and no account has one here, nor anything that is made for them. Lists
// of what an account must make first are empty; those that AWS fills itself (documents, patch baselines) are not built.

/**
 * A list that has nothing.
 * @param member - of the answer: `Commands`.
 * @throws ServiceError InvalidNextToken - the list gave none.
 */
export const listNone =
  <Member extends string>(member: Member) =>
  async (context: SsmContext, { NextToken }: { NextToken?: string }) => {
    openPlace(context, [], NextToken)
    return { [member]: [] } as { [M in Member]: [] }
  }
