import { callerOf, rootOf, userOf } from '../../test/fixtures/call.ts'
import { newEntityId } from '../core/identifiers.ts'
import { type Caller, printedArn, userIdOf } from '../core/principal.ts'

// The accounts of every fixture, and the callers that are there from the start.

export const accountId = '111122223333'
export const otherAccountId = '444455556666'
export const region = 'us-east-1'

/** The root user of the account, and the secret of its access key. */
export const root: Caller = callerOf(rootOf(accountId))
export const rootSecret = 'a secret of forty characters, or nearly s'

/** A user of an account, with an id of its own. The fixture's `putUser` makes it exist. */
export const newUser = (name: string, account = accountId): Caller =>
  callerOf(userOf(account, name, newEntityId('AIDA', account)))

/** Administrators of the one account and of the other. */
export const alice = newUser('alice')
export const stranger = newUser('mallory', otherAccountId)

export const arnOf = ({ principal }: Caller): string => printedArn(principal)
export const idOf = ({ principal }: Caller): string => userIdOf(principal)

export const policyOf = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })

export const allowEverything = policyOf({ Effect: 'Allow', Action: '*', Resource: '*' })
