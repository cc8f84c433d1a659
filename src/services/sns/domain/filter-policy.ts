import type { StoredAttribute } from '../../../kit/message-attributes.ts'
import { invalidParameter } from './errors.ts'

export type FilterScope = 'MessageAttributes' | 'MessageBody'

/** What a filter policy is compared with. */
export interface FilteredMessage {
  text: string
  attributes: readonly StoredAttribute[]
}

/** Checks a filter policy. @throws ServiceError InvalidParameter. */
export function checkFilterPolicy(_text: string, _scope: FilterScope): void {
  throw invalidParameter('FilterPolicy', 'Strongroom does not have this yet.')
}

export function matchesFilter(_text: string, _scope: FilterScope, _message: FilteredMessage): boolean {
  throw new Error('there is no filter policy')
}
