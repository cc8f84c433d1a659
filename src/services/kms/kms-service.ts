import type { Awaitable } from '../../core/awaitable.ts'
import type { AuditDeclaration, Operation, Permission } from '../../core/operation.ts'
import { removedTagKeys } from '../../kit/tag-keys.ts'
import { defaultWindowDays } from './domain/key-lifecycle.ts'
import { defaultRotationPeriodDays } from './domain/material/rotation.ts'
import type { KmsContext } from './kms-context.ts'
import {
  awsResourceConditionKeys,
  encryptionConditionKeys,
  expirationConditionKeys,
  keyAgreementConditionKeys,
  keyPairConditionKeys,
  lockoutCheckConditionKeys,
  macConditionKeys,
  requestTagConditionKeys,
  signingConditionKeys,
  wrappingConditionKeys,
} from './operations/access/condition-keys.ts'
import { getKeyPolicy, listKeyPolicies, putKeyPolicy } from './operations/access/key-policies.ts'
import { type KeyRule, onAccount, onKey } from './operations/access/permissions.ts'
import { decrypt, decryptPermissions } from './operations/cryptography/decrypt.ts'
import { deriveSharedSecret } from './operations/cryptography/derive-shared-secret.ts'
import { decapsulate, encapsulate } from './operations/cryptography/encapsulation.ts'
import { encrypt } from './operations/cryptography/encrypt.ts'
import { symmetricAlgorithm } from './operations/cryptography/encryption.ts'
import { generateDataKey, generateDataKeyWithoutPlaintext } from './operations/cryptography/generate-data-key.ts'
import {
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
} from './operations/cryptography/generate-data-key-pair.ts'
import { generateRandom } from './operations/cryptography/generate-random.ts'
import { generateMac, verifyMac } from './operations/cryptography/macs.ts'
import { reEncrypt, reEncryptPermissions } from './operations/cryptography/re-encrypt.ts'
import { sign, verify } from './operations/cryptography/sign-verify.ts'
import { createGrant, createGrantPermissions } from './operations/grants/create-grant.ts'
import { retireGrant, retireGrantPermissions, revokeGrant } from './operations/grants/end-grant.ts'
import { listGrants, listRetirableGrants, listRetirableGrantsPermissions } from './operations/grants/list-grants.ts'
import { deleteImportedKeyMaterial } from './operations/imported-material/delete-imported-key-material.ts'
import { getParametersForImport } from './operations/imported-material/get-parameters-for-import.ts'
import { importKeyMaterial } from './operations/imported-material/import-key-material.ts'
import { connectCustomKeyStore, disconnectCustomKeyStore } from './operations/key-stores/connect-custom-key-store.ts'
import {
  createCustomKeyStore,
  createCustomKeyStorePermissions,
  deleteCustomKeyStore,
  describeCustomKeyStores,
} from './operations/key-stores/custom-key-stores.ts'
import {
  updateCustomKeyStore,
  updateCustomKeyStorePermissions,
} from './operations/key-stores/update-custom-key-store.ts'
import {
  createAlias,
  createAliasPermissions,
  deleteAlias,
  deleteAliasPermissions,
  updateAlias,
  updateAliasPermissions,
} from './operations/keys/aliases.ts'
import { disableKey, enableKey, updateKeyDescription } from './operations/keys/change-key.ts'
import { createKey, createKeyPermissions } from './operations/keys/create-key.ts'
import { describeKey } from './operations/keys/describe-key.ts'
import { disuseKeys, getKeyLastUsage, noteUse } from './operations/keys/get-key-last-usage.ts'
import { getPublicKey } from './operations/keys/get-public-key.ts'
import { cancelKeyDeletion, scheduleKeyDeletion } from './operations/keys/key-deletion.ts'
import { listAliases, listAliasesPermissions } from './operations/keys/list-aliases.ts'
import { listKeys } from './operations/keys/list-keys.ts'
import { listResourceTags, tagResource, untagResource } from './operations/keys/tags.ts'
import { replicaCreation, replicateKey, replicateKeyPermissions } from './operations/multi-region/replicate-key.ts'
import {
  primaryRegionUpdate,
  updatePrimaryRegion,
  updatePrimaryRegionPermissions,
} from './operations/multi-region/update-primary-region.ts'
import { disableKeyRotation, enableKeyRotation, getKeyRotationStatus } from './operations/rotation/key-rotation.ts'
import { listKeyRotations } from './operations/rotation/list-key-rotations.ts'
import { rotateKeyOnDemand } from './operations/rotation/rotate-key.ts'
import { keyResource } from './storage/call-keys.ts'

type Handle<I, O> = (context: KmsContext, input: I) => Promise<O>
type Decide<I> = (context: KmsContext, input: I) => Awaitable<readonly Permission[]>
type More<I, O> = Pick<Operation<KmsContext, I, O>, 'constraints' | 'audit'>

// A grant token is as good as the grant.
const secrets = { hideRequest: ['GrantTokens'] }

const read = <I, O extends object>(
  handle: Handle<I, O>,
  permissions: Decide<I>,
  more?: More<I, O>,
): Operation<KmsContext, I, O> => ({
  handle: async (context, input) => {
    const output = await handle(context, input)
    noteUse(context, output)
    return output
  },
  permissions,
  readOnly: true,
  constraints: more?.constraints,
  audit: { ...secrets, ...more?.audit },
})

const write = <I, O>(
  handle: Handle<I, O>,
  permissions: Decide<I>,
  audit?: AuditDeclaration<KmsContext, NoInfer<I>, NoInfer<O>>,
): Operation<KmsContext, I, O> => ({ handle, permissions, readOnly: false, audit })

/** For writes whose answer is empty: the record names the key they changed, under its ARN. */
const answersKeyId = <I>(identifierOf: (input: I) => string) => ({
  response: ({ keys }: KmsContext, input: I) => ({ keyId: keys.arnOf(identifierOf(input)) }),
})

const onKeyId = answersKeyId(({ KeyId }: { KeyId: string }) => KeyId)
const onTargetKeyId = answersKeyId(({ TargetKeyId }: { TargetKeyId: string }) => TargetKeyId)
const onAliasName = answersKeyId(({ AliasName }: { AliasName: string }) => AliasName)

/** Members that authenticate KMS to a key store. The certificate is not a secret, but of no use in a record. */
const credentialsHidden = {
  hideRequest: ['KeyStorePassword', 'XksProxyAuthenticationCredential', 'TrustAnchorCertificate'],
}

/** AWS's records show which algorithm was used even when the request leaves the choice open. */
const defaults = (...members: readonly string[]) => ({
  audit: { requestDefaults: Object.fromEntries(members.map((member) => [member, symmetricAlgorithm])) },
})

/** The same for what a message is taken to be. */
const rawMessages = { audit: { requestDefaults: { MessageType: 'RAW' } } }

/** The service model allows 1,000 everywhere. */
const limitedTo = (most: number) => ({ constraints: { Limit: { range: [1, most] as const } } })

interface Encrypting {
  KeyId: string
  GrantTokens?: readonly string[]
  EncryptionContext?: Readonly<Record<string, string>>
  EncryptionAlgorithm?: string
}

/** Keys are used under any of their names, and by every principal that their policies allow. */
const ofUse = { acceptsAliases: true, crossAccount: true } as const

const forEncryption: KeyRule<Encrypting> = {
  ...ofUse,
  context: ({ EncryptionContext, EncryptionAlgorithm }) =>
    encryptionConditionKeys(EncryptionContext, EncryptionAlgorithm),
}

const forKeyPair: KeyRule<Omit<Encrypting, 'EncryptionAlgorithm'> & { KeyPairSpec: string }> = {
  ...ofUse,
  context: ({ EncryptionContext, KeyPairSpec }) => ({
    ...encryptionConditionKeys(EncryptionContext)(),
    ...keyPairConditionKeys(KeyPairSpec),
  }),
}

const forSigning: KeyRule<{ KeyId: string; SigningAlgorithm: string; MessageType?: string }> = {
  ...ofUse,
  context: ({ SigningAlgorithm, MessageType }) => signingConditionKeys(SigningAlgorithm, MessageType),
}

const forMacs: KeyRule<{ KeyId: string; MacAlgorithm: string }> = {
  ...ofUse,
  context: ({ MacAlgorithm }) => macConditionKeys(MacAlgorithm),
}

const forAgreement: KeyRule<{ KeyId: string; KeyAgreementAlgorithm: string }> = {
  ...ofUse,
  context: ({ KeyAgreementAlgorithm }) => keyAgreementConditionKeys(KeyAgreementAlgorithm),
}

const forDeletion: KeyRule<{ KeyId: string; PendingWindowInDays?: number }> = {
  context: async ({ KeyId, PendingWindowInDays = defaultWindowDays }, kms) => ({
    'kms:ScheduleKeyDeletionPendingWindowInDays': String(PendingWindowInDays),
    ...(await disuseKeys(kms, KeyId)),
  }),
}

const forRotation: KeyRule<{ KeyId: string; RotationPeriodInDays?: number }> = {
  context: ({ RotationPeriodInDays = defaultRotationPeriodDays }) => ({
    'kms:RotationPeriodInDays': String(RotationPeriodInDays),
  }),
}

/** Everything KMS can do; what is missing here answers that it is not built. */
export const kmsOperations = {
  CreateKey: write(createKey, createKeyPermissions, {
    resources: (_context, _input, output) => {
      const { AWSAccountId: accountId = '', Arn: arn } = output?.KeyMetadata ?? {}
      return arn ? [keyResource({ accountId, arn })] : []
    },
  }),
  ReplicateKey: write(replicateKey, replicateKeyPermissions, {
    elsewhere: (_context, request, answer) => replicaCreation(request, answer),
  }),
  UpdatePrimaryRegion: write(updatePrimaryRegion, updatePrimaryRegionPermissions, {
    ...onKeyId,
    elsewhere: (context, request) => primaryRegionUpdate(context, request),
  }),
  DescribeKey: read(describeKey, onKey(ofUse)),
  GetPublicKey: read(getPublicKey, onKey(ofUse)),
  GetKeyLastUsage: read(getKeyLastUsage, onKey()),
  ListKeys: read(listKeys, onAccount),
  EnableKey: write(enableKey, onKey(), onKeyId),
  DisableKey: write(disableKey, onKey({ context: ({ KeyId }, kms) => disuseKeys(kms, KeyId) }), onKeyId),
  ScheduleKeyDeletion: write(scheduleKeyDeletion, onKey(forDeletion)),
  CancelKeyDeletion: write(cancelKeyDeletion, onKey()),
  UpdateKeyDescription: write(updateKeyDescription, onKey()),

  EnableKeyRotation: write(enableKeyRotation, onKey(forRotation), onKeyId),
  DisableKeyRotation: write(disableKeyRotation, onKey(), onKeyId),
  GetKeyRotationStatus: read(getKeyRotationStatus, onKey({ crossAccount: true })),
  RotateKeyOnDemand: write(rotateKeyOnDemand, onKey()),
  ListKeyRotations: read(listKeyRotations, onKey()),

  GetParametersForImport: read(getParametersForImport, onKey({ context: (request) => wrappingConditionKeys(request) })),
  ImportKeyMaterial: write(importKeyMaterial, onKey({ context: (request) => expirationConditionKeys(request) })),
  DeleteImportedKeyMaterial: write(deleteImportedKeyMaterial, onKey()),

  GetKeyPolicy: read(getKeyPolicy, onKey()),
  PutKeyPolicy: write(
    putKeyPolicy,
    onKey({ context: ({ BypassPolicyLockoutSafetyCheck: bypass }) => lockoutCheckConditionKeys(bypass) }),
  ),
  ListKeyPolicies: read(listKeyPolicies, onKey()),

  CreateAlias: write(createAlias, createAliasPermissions, onTargetKeyId),
  UpdateAlias: write(updateAlias, updateAliasPermissions, onTargetKeyId),
  DeleteAlias: write(deleteAlias, deleteAliasPermissions, onAliasName),
  ListAliases: read(listAliases, listAliasesPermissions, limitedTo(100)),

  TagResource: write(tagResource, onKey({ context: ({ Tags }) => requestTagConditionKeys(Tags) }), onKeyId),
  UntagResource: write(untagResource, onKey({ context: ({ TagKeys }) => removedTagKeys(TagKeys) }), onKeyId),
  ListResourceTags: read(listResourceTags, onKey(), limitedTo(50)),

  CreateGrant: write(createGrant, createGrantPermissions, {
    ...secrets,
    response: ({ keys }, { KeyId }, { GrantId }) => ({ grantId: GrantId, keyId: keys.arnOf(KeyId) }),
  }),
  ListGrants: read(
    listGrants,
    onKey({ crossAccount: true, context: (_, { call }) => awsResourceConditionKeys(call) }),
    limitedTo(100),
  ),
  ListRetirableGrants: read(listRetirableGrants, listRetirableGrantsPermissions, limitedTo(100)),
  RetireGrant: write(retireGrant, retireGrantPermissions, { hideRequest: ['*', 'GrantToken'] }),
  RevokeGrant: write(
    revokeGrant,
    onKey({ crossAccount: true, context: (_, { call }) => awsResourceConditionKeys(call) }),
  ),

  Encrypt: read(encrypt, onKey(forEncryption), defaults('EncryptionAlgorithm')),
  Decrypt: read(decrypt, decryptPermissions, defaults('EncryptionAlgorithm')),
  ReEncrypt: read(
    reEncrypt,
    reEncryptPermissions,
    defaults('SourceEncryptionAlgorithm', 'DestinationEncryptionAlgorithm'),
  ),
  GenerateDataKey: read(generateDataKey, onKey(forEncryption)),
  GenerateDataKeyWithoutPlaintext: read(generateDataKeyWithoutPlaintext, onKey(forEncryption)),
  GenerateDataKeyPair: read(generateDataKeyPair, onKey(forKeyPair)),
  GenerateDataKeyPairWithoutPlaintext: read(generateDataKeyPairWithoutPlaintext, onKey(forKeyPair)),
  GenerateRandom: read(generateRandom, onAccount),
  Sign: read(sign, onKey(forSigning), rawMessages),
  Verify: read(verify, onKey(forSigning), rawMessages),
  GenerateMac: read(generateMac, onKey(forMacs)),
  VerifyMac: read(verifyMac, onKey(forMacs)),
  DeriveSharedSecret: read(deriveSharedSecret, onKey(forAgreement)),
  Encapsulate: read(encapsulate, onKey(ofUse)),
  Decapsulate: read(decapsulate, onKey(ofUse)),

  CreateCustomKeyStore: write(createCustomKeyStore, createCustomKeyStorePermissions, credentialsHidden),
  ConnectCustomKeyStore: write(connectCustomKeyStore, onAccount),
  DisconnectCustomKeyStore: write(disconnectCustomKeyStore, onAccount),
  UpdateCustomKeyStore: write(updateCustomKeyStore, updateCustomKeyStorePermissions, credentialsHidden),
  DeleteCustomKeyStore: write(deleteCustomKeyStore, onAccount),
  DescribeCustomKeyStores: read(describeCustomKeyStores, onAccount),
} satisfies Record<string, Operation<KmsContext, never, unknown>>
