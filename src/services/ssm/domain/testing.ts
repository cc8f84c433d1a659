import type { StoredParameter } from './parameter.ts'

/** A parameter for tests that care for some of it. */
export const someParameter = (known: Partial<StoredParameter> = {}): StoredParameter => ({
  accountId: '111122223333',
  region: 'us-east-1',
  qualified: '/a',
  name: '/a',
  version: 1,
  oldestVersion: 1,
  type: 'String',
  dataType: 'text',
  tier: 'Standard',
  policies: [],
  modifiedAtMs: Date.parse('2026-03-01T12:00:00Z'),
  modifiedBy: 'arn:aws:iam::111122223333:root',
  labels: {},
  tags: [],
  resourcePolicies: [],
  ...known,
})
