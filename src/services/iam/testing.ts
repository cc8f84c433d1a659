import { callerOf, callFixture, FixedClock, rootOf } from '../../../test/fixtures/call.ts'
import type { Operation, Permission } from '../../core/operation.ts'
import type { Caller } from '../../core/principal.ts'
import { randomSealer, testStore } from '../../storage/testing.ts'
import type { IamContext } from './iam-context.ts'
import { iamOperations } from './iam-service.ts'
import { createIdentityDirectory } from './identity-directory.ts'
import { ensureAccount } from './storage/account-store.ts'

type Operations = typeof iamOperations
type InputOf<Name extends keyof Operations> = Parameters<Operations[Name]['handle']>[1]
type OutputOf<Name extends keyof Operations> = Awaited<ReturnType<Operations[Name]['handle']>>

// Which input belongs to a name that is a parameter, the compiler cannot tell: the types above say it.
const operationOf = (name: keyof Operations): Operation<IamContext, never, unknown> => iamOperations[name]

export const accountId = '111122223333'
export const otherAccountId = '444455556666'

export const root: Caller = callerOf(rootOf(accountId))

/** IAM over a store of its own, with two accounts. Operations are called as the gateway calls them, permissions granted. */
export async function iamFixture() {
  const store = await testStore()
  const clock = new FixedClock()
  for (const account of [accountId, otherAccountId]) await ensureAccount(store, clock, account)
  const reportFault = (fault: unknown) => {
    throw fault
  }
  const directory = createIdentityDirectory({ store, reportFault })
  const sealer = randomSealer()

  const contextOf = (operation: string, caller: Caller): IamContext => ({
    call: callFixture({ store, clock, service: 'iam', operation, caller }),
    directory,
    sealer,
  })

  /** What a caller would need to be allowed. */
  async function permissions<Name extends keyof Operations>(
    name: Name,
    input: InputOf<Name>,
    caller = root,
  ): Promise<readonly Permission[]> {
    const { permissions: decide } = operationOf(name)
    return decide === 'none' ? [] : decide(contextOf(name, caller), input as never)
  }

  async function call<Name extends keyof Operations>(
    name: Name,
    input: InputOf<Name>,
    caller = root,
  ): Promise<OutputOf<Name>> {
    await permissions(name, input, caller)
    const output = await operationOf(name).handle(contextOf(name, caller), input as never)
    return output as OutputOf<Name>
  }

  return { store, clock, directory, call, permissions, contextOf }
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

export const allowEverything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})

export const policyOf = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })

export const allow = (Action: string, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more })
export const deny = (Action: string, more: object = {}) => ({ ...allow(Action, more), Effect: 'Deny' })

/** A variable as policies write it. */
export const variable = (key: string) => `\${${key}}`

export const trusting = (principal: unknown) =>
  policyOf({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' })

/** The parts of an answer that are there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the answer lacks what the test looks at')
  return value
}
