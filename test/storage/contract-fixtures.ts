import type { AuditRecord } from '../../src/core/audit.ts'
import type { Migration } from '../../src/core/sql.ts'
import type { CollectionSpec, Scope } from '../../src/core/store.ts'

export interface Key {
  state: string
  uses: number
  tags?: string[]
  filling?: string
  material?: { bytes: string } | undefined
}

export const keys: CollectionSpec<Key> = {
  name: 'kms.keys',
  indexes: { state: ({ state }) => [state], tag: ({ tags = [] }) => tags },
  sealed: ['material'],
}

export const scope: Scope = { accountId: '111122223333', region: 'us-east-1' }

export const enabled: Key = { state: 'Enabled', uses: 0 }

/** Where a process that is killed keeps its records. */
export const testRecords: Migration = {
  name: '0009-test-records',
  up: async (sql) => {
    await sql.run('CREATE TABLE test_records (id TEXT PRIMARY KEY)')
  },
}

export const recordNamed = (eventName: string): AuditRecord => ({
  eventVersion: '1.11',
  userIdentity: { type: 'Root' },
  eventTime: '2026-03-01T12:00:00Z',
  eventSource: 'kms.amazonaws.com',
  eventName,
  awsRegion: 'us-east-1',
  sourceIPAddress: '127.0.0.1',
  requestParameters: null,
  responseElements: null,
  eventID: eventName,
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '111122223333',
  eventCategory: 'Management',
})
