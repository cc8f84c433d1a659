import type { Secret } from './secret.ts'

/** A secret as CreateSecret makes it without a value, but for what a test wants otherwise. */
export const secretWith = (changes: Partial<Secret> = {}): Secret => ({
  accountId: '111122223333',
  region: 'us-east-1',
  name: 'app/database',
  arn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:app/database-a1B2c3',
  uid: '1234abcd-12ab-34cd-56ef-1234567890ab',
  createdAtMs: 1_700_000_000_123,
  changedAtMs: 1_700_000_000_123,
  description: '',
  stages: {},
  versionCount: 0,
  replicas: [],
  ...changes,
})
