import type { KmsKey } from './key.ts'

/** A symmetric key as CreateKey makes it, but for what a test wants otherwise. */
export const keyWith = (changes: Partial<KmsKey> = {}): KmsKey => ({
  accountId: '111122223333',
  region: 'us-east-1',
  keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
  arn: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  createdAtMs: 1_700_000_000_123,
  description: '',
  keySpec: 'SYMMETRIC_DEFAULT',
  keyUsage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  keyManager: 'CUSTOMER',
  multiRegion: false,
  state: 'Enabled',
  currentMaterialId: 'm',
  materials: [{ materialId: 'm', state: 'CURRENT' }],
  onDemandRotations: 0,
  policy: { document: '{}', boundPrincipals: {} },
  tags: [],
  aliasNames: [],
  ...changes,
})
