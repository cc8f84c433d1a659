/** Limits of an account in a region, as the AWS KMS Developer Guide, "Resource quotas", states the defaults. */
export const quotas = {
  /** Customer managed keys in every state. */
  keys: 100_000,
  aliasesPerKey: 50,
  grantsPerKey: 50_000,
  customKeyStores: 10,
  tagsPerKey: 50,
  /** In a key's whole life; cannot be raised. */
  onDemandRotations: 25,
  keyPolicyBytes: 32_768,
} as const

/** No total is documented for keys that KMS holds; this is what an external key store takes. */
export const maxEncryptionContextBytes = 8192
