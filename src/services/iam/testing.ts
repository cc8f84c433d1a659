import type { Caller } from '../../core/principal.ts'
import { policyOf } from '../../testing/callers.ts'
import { type AskedPermission, serviceFixture } from '../../testing/service-fixture.ts'
import { type InputOf, type OutputOf, typedCalls } from '../../testing/typed-calls.ts'
import { iam } from './iam.ts'
import type { iamOperations } from './iam-service.ts'

export { accountId, allowEverything, otherAccountId, policyOf, root } from '../../testing/callers.ts'

type Operations = typeof iamOperations

/** IAM in the pipeline, with two accounts which have their root users alone. */
export async function iamFixture() {
  const fixture = await serviceFixture([iam], { administrators: [] })
  const calls = typedCalls<Operations>(fixture, 'iam')
  return {
    ...fixture,
    directory: fixture.identity,
    call: <Name extends keyof Operations>(
      name: Name,
      input: InputOf<Operations, Name>,
      caller?: Caller,
    ): Promise<OutputOf<Operations, Name>> => calls.call(name, input, { caller }),
    permissions: <Name extends keyof Operations>(
      name: Name,
      input: InputOf<Operations, Name>,
      caller?: Caller,
    ): Promise<AskedPermission[]> => calls.permissions(name, input, { caller }),
  }
}

export type IamFixture = Awaited<ReturnType<typeof iamFixture>>

/** Calls on until the list is complete. */
export async function everyPage<P extends { IsTruncated?: boolean; Marker?: string }>(
  page: (request: { Marker?: string; MaxItems: number }) => Promise<P>,
  MaxItems: number,
): Promise<P[]> {
  const pages: P[] = []
  let Marker: string | undefined
  do {
    const next = await page({ Marker, MaxItems })
    pages.push(next)
    Marker = next.Marker
  } while (Marker !== undefined)
  return pages
}

export const allow = (Action: string, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more })
export const deny = (Action: string, more: object = {}) => ({ ...allow(Action, more), Effect: 'Deny' })

/** AWS's policy that allows everything. */
export const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess'

/** A variable as policies write it. */
export const variable = (key: string) => `\${${key}}`

export const trusting = (principal: unknown) =>
  policyOf({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' })

/** The parts of an answer that are there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the answer lacks what the test looks at')
  return value
}
