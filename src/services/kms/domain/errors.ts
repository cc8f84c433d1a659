import { ServiceError } from '../../../core/service-error.ts'
import { quotas } from './quotas.ts'

// Every refusal of KMS. Client faults are sent with 400 whatever status the service model gives them.
// Texts without a mark are those of recorded answers or of AWS's documentation; those marked (U) are ours.

const refusal = (code: string, message?: string) => new ServiceError(code, 400, message)

const validation = (message: string) => refusal('ValidationException', message)
const notFound = (message: string) => refusal('NotFoundException', message)
const invalidState = (message: string) => refusal('KMSInvalidStateException', message)
const limitExceeded = (message: string) => refusal('LimitExceededException', message)
const malformed = (message: string) => refusal('MalformedPolicyDocumentException', message)
const unsupported = (message: string) => refusal('UnsupportedOperationException', message)
const tagRefused = (message: string) => refusal('TagException', message)

// Identifiers

export const keyNotFound = (arn: string) => notFound(`Key '${arn}' does not exist`)

/** Returns the refusal for text that is not a key id. */
export const invalidKeyId = (keyId: string) => notFound(`Invalid keyId '${keyId}'`)

/** Returns the refusal for an ARN of a region other than the one that was called. */
export const arnOfOtherRegion = (region: string) => notFound(`Invalid arn ${region}`)

/** (U) */
export const malformedArn = (text: string) => refusal('InvalidArnException', `Invalid arn ${text}`)

export const aliasesNotSupported = () =>
  refusal('InvalidArnException', 'Key Aliases are not supported for this operation.')

// Aliases

export const aliasNotFound = (aliasArn: string) => notFound(`Alias ${aliasArn} is not found.`)

export const aliasExists = (aliasArn: string) =>
  refusal('AlreadyExistsException', `An alias with the name ${aliasArn} already exists`)

export const aliasWithoutPrefix = () =>
  validation(
    'Alias must start with the prefix "alias/". ' +
      'Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  )

export const aliasNameInvalid = (name: string) => validation(`${name} contains invalid characters for an alias`)

/** Returns the refusal for names that begin with `alias/aws/`. AWS sends no text. */
export const aliasReserved = () => refusal('NotAuthorizedException')

export const aliasOfAlias = () => validation('Aliases must refer to keys. Not aliases')

/** (U) */
export const aliasKeysDiffer = (oldArn: string, newArn: string) =>
  validation(`${newArn} must have the type and the key usage of ${oldArn}, which the alias refers to now.`)

/** (U) */
export const tooManyAliases = (keyArn: string) =>
  limitExceeded(`${keyArn} already has ${quotas.aliasesPerKey} aliases.`)

/** (U) The caller may try again: the alias has got another key since the call was authorised. */
export const aliasMovedMeanwhile = (aliasArn: string) =>
  new ServiceError('DependencyTimeoutException', 503, `Alias ${aliasArn} was changed by another request.`)

// Key states

export const keyDisabled = (arn: string) => refusal('DisabledException', `${arn} is disabled.`)

/** AWS documents DisabledException as well for cryptographic operations; this is what callers get. */
export const keyPendingDeletion = (arn: string) => invalidState(`${arn} is pending deletion.`)

export const keyPendingReplicaDeletion = (arn: string) => invalidState(`${arn} is pending replica deletion.`)

export const keyNotPendingDeletion = (arn: string) => invalidState(`${arn} is not pending deletion.`)

export const keyPendingImport = (arn: string) => invalidState(`${arn} is pending import.`)

export const keyUnavailable = (arn: string) => invalidState(`${arn} is unavailable.`)

export const keyCreating = (arn: string) => invalidState(`${arn} is creating.`)

export const keyUpdating = (arn: string) => invalidState(`${arn} is updating.`)

export const originNotValid = (arn: string, origin: string) =>
  unsupported(`${arn} origin is ${origin} which is not valid for this operation.`)

/** Returns the refusal for what only symmetric encryption keys can do. AWS sends no text. */
export const symmetricKeysOnly = () => refusal('UnsupportedOperationException')

export const windowOutOfRange = () => validation('PendingWindowInDays must be between 7 and 30')

// Creation

export const specGivenTwice = () =>
  validation('You cannot specify KeySpec and CustomerMasterKeySpec in the same request. Use KeySpec.')

export const keyUsageNeeded = () =>
  validation('You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.')

export const keyUsageNotCompatible = (keyUsage: string, keySpec: string) =>
  validation(`KeyUsage ${keyUsage} is not compatible with KeySpec ${keySpec}`)

/** (U) */
export const originNeeds = (origin: string, needs: string) => validation(`Origin ${origin} requires ${needs}.`)

/** (U) @param member - the request member that goes with other origins only. */
export const notForOrigin = (member: string, origin: string) =>
  validation(`${member} is not valid for origin ${origin}.`)

/** (U) */
export const materialNotImportable = (keySpec: string) =>
  unsupported(`Key material of KeySpec ${keySpec} cannot be imported.`)

/** (U) */
export const multiRegionInKeyStore = () => unsupported('A key in a custom key store cannot be a multi-Region key.')

/** (U) */
export const specOfOtherPartition = (keySpec: string) =>
  unsupported(`KeySpec ${keySpec} is available in China Regions only.`)

/** (U) */
export const tooManyKeys = () => limitExceeded(`An account has at most ${quotas.keys} KMS keys in a Region.`)

// Rotation

export const tooManyOnDemandRotations = (arn: string) =>
  limitExceeded(
    'The on-demand rotations limit has been reached for the given keyId. ' +
      `No more on-demand rotations can be performed for this key: ${arn}`,
  )

/** (U) */
export const rotationConflict = (arn: string) =>
  refusal('ConflictException', `An automatic rotation of ${arn} is in progress, or is scheduled within 20 minutes.`)

export const noMaterialPendingRotation = (arn: string) =>
  invalidState(`No available key material pending rotation for the key: ${arn}.`)

// Imported key material

/** (U) The owner of this server has chosen so; AWS takes such keys today. */
export const importRefusedBySetting = (keySpec: string) =>
  unsupported(
    `Key material of KeySpec ${keySpec} cannot be imported: the setting kms.import is "symmetric". ` +
      'With kms.import=any, RSA, ECC and HMAC keys can take imported key material.',
  )

/** (U) RSAES_PKCS1_V1_5 was withdrawn in October 2023; SM2 is for China Regions. */
export const wrappingNotSupported = (wrapping: string) => unsupported(`${wrapping} is not supported.`)

/** (U) @param wrapping - `RSAES_OAEP_SHA_256 with RSA_2048`. */
export const wrappingNotForKey = (wrapping: string, keySpec: string) =>
  unsupported(`${wrapping} cannot wrap the key material of KeySpec ${keySpec}.`)

export const validToNeeded = () =>
  validation('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES')

/** (U) */
export const validToNotExpected = () =>
  validation('A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE')

/** (U) */
export const validToOutOfRange = () =>
  validation('The validTo date must be in the future and at most 365 days from the request date')

/** (U) */
export const importMemberForSymmetricKeys = (member: string) =>
  validation(`${member} can be specified only for symmetric encryption keys.`)

/** (U) */
export const materialIdOfNewMaterial = () =>
  validation('KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL.')

export const invalidImportToken = () => refusal('InvalidImportTokenException')

export const expiredImportToken = () => refusal('ExpiredImportTokenException')

/** @param reason - says nothing of the bytes. */
export const incorrectKeyMaterial = (reason?: string) => refusal('IncorrectKeyMaterialException', reason)

export const otherMaterialPending = (newId: string, arn: string, pendingId: string) =>
  invalidState(
    `New key material (id: ${newId}) cannot be imported into KMS key ${arn}, ` +
      `because another key material (id: ${pendingId}) is pending rotation.`,
  )

/** (U) */
export const keyMaterialNotFound = (materialId: string, arn: string) =>
  notFound(`Key material ${materialId} is not associated with ${arn}`)

// Multi-Region keys

/** (U) */
export const keyExistsInRegion = (keyId: string, region: string) =>
  refusal('AlreadyExistsException', `A key related to ${keyId} already exists in ${region}.`)

/** (U) For Regions that AWS does not have, and the one where the key is. */
export const regionNotUsable = (region: string) => validation(`${region} is not a valid Region for this operation.`)

export const notPrimaryKey = (arn: string) => unsupported(`${arn} is not a multi-region primary key.`)

/** (U) The caller may try again: what a replica that was deleted there leaves behind is still being cleared away. */
export const replicaNotGone = (arn: string) =>
  new ServiceError('DependencyTimeoutException', 503, `The deletion of ${arn} is not complete.`)

// Key policies

export const noSuchPolicy = () => notFound('No such policy exists')

export const policyMalformed = (reason: string) => malformed(reason)

export const policyPrincipalInvalid = () =>
  malformed('Policy contains a statement with one or more invalid principals.')

export const policyLocksOut = () =>
  malformed('The new key policy will not allow you to update the key policy in the future.')

/** (U) An empty set of values satisfies ForAllValues, so that such a statement allows requests without the key. */
export const policyOverlyPermissive = (conditionKey: string) =>
  malformed(
    `Policy contains overly permissive condition: ForAllValues with single-valued condition key ${conditionKey}.`,
  )

/** (U) */
export const policyTooLarge = () => limitExceeded(`A key policy has at most ${quotas.keyPolicyBytes} bytes.`)

// Tags

export const reservedTagKey = () => tagRefused('Tags beginning with aws: are reserved')

export const duplicateTagKeys = () => tagRefused('Duplicate tag keys')

export const tooManyTags = () => tagRefused('Too many tags')

// Cryptographic operations

/** Whatever is wrong with a ciphertext or its context: one answer without text, so that nothing can be learned from it. */
export const invalidCiphertext = () => refusal('InvalidCiphertextException')

export const incorrectKey = () =>
  refusal('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can perform this operation.')

export const keyUsageNotValid = (arn: string, keyUsage: string, operation: string) =>
  refusal('InvalidKeyUsageException', `${arn} key usage is ${keyUsage} which is not valid for ${operation}.`)

/** (U) For operations on key pairs. */
export const keySpecNotValid = (arn: string, keySpec: string, operation: string) =>
  unsupported(`${arn} key spec is ${keySpec} which is not valid for ${operation}.`)

export const algorithmNotValid = (algorithm: string, keySpec: string) =>
  refusal('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec ${keySpec}.`)

/** Returns the refusal for a digest, or a message representative, that is not as long as the algorithm's. */
export const digestLengthInvalid = (algorithm: string) =>
  validation(`Digest is invalid length for algorithm ${algorithm}.`)

/** (U) */
export const messageTypeNotValid = (messageType: string, algorithm: string) =>
  validation(`MessageType ${messageType} is not valid for algorithm ${algorithm}.`)

/** Without text, as AWS sends it. */
export const invalidSignature = () => refusal('KMSInvalidSignatureException')

/** Without text, as AWS sends it. */
export const invalidMac = () => refusal('KMSInvalidMacException')

export const plaintextTooLarge = (algorithm: string, keySpec: string, maxBytes: number) =>
  validation(`Algorithm ${algorithm} and key spec ${keySpec} cannot encrypt data larger than ${maxBytes} bytes.`)

/** (U) Ciphertexts of key pairs are bound to nothing but the key. */
export const encryptionContextNotValid = (keySpec: string) =>
  validation(`An encryption context is not valid for key spec ${keySpec}.`)

/** Returns the refusal for the public key of another curve, or no public key at all. Without text, as AWS sends it. */
export const peerKeyInvalid = () => refusal('ValidationException')

export const dryRunSucceeded = () =>
  refusal('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')

export const dataKeySizeAmbiguous = () => validation('Please specify either number of bytes or key spec.')

export const numberOfBytesNeeded = () => validation('NumberOfBytes is required.')

/** The text of the gateway's constraint validation: which members may be left out depends on others here. */
export const memberNeeded = (member: string) =>
  validation(
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  )

/** (U) */
export const dryRunModifierWithoutDryRun = () =>
  validation('DryRunModifiers can be specified only when DryRun is true.')

/** (U) An attestation that cannot be verified never gives a plaintext. */
export const recipientNotSupported = () =>
  validation('Strongroom cannot verify attestation documents, so Recipient must not be specified.')

/** (U) */
export const encryptionContextTooLarge = (maxBytes: number) =>
  validation(`The encryption context has more than ${maxBytes} bytes.`)

/** (U) For keys and values with unpaired surrogates: they have no UTF-8 form. */
export const encryptionContextNotText = () => validation('The encryption context is not valid Unicode text.')

// Grants

/** (U) */
export const invalidGrantToken = () => refusal('InvalidGrantTokenException', 'The grant token is not valid.')

/** (U) For text that is not a grant id. */
export const invalidGrantId = () => refusal('InvalidGrantIdException', 'The grant ID is not valid.')

/** (U) */
export const grantNotFound = (grantId: string, keyArn: string) =>
  notFound(`Grant ID ${grantId} not found for key ${keyArn}`)

/** (U) For principals that do not exist, and for what is not a principal. */
export const grantPrincipalInvalid = (principal: string) =>
  refusal('InvalidArnException', `ARN not valid: ${principal}`)

/** (U) */
export const oneOfNeeded = (one: string, other: string) =>
  validation(`You must specify either ${one} or ${other}, but not both.`)

/** (U) */
export const notBoth = (one: string, other: string) =>
  validation(`You can specify either ${one} or ${other}, but not both.`)

/** (U) */
export const serviceGrantNeeds = (needs: string) => validation(`A GranteeServicePrincipal requires ${needs}.`)

/** (U) */
export const grantOperationNotValid = (operation: string, keySpec: string, keyUsage: string) =>
  validation(`Grant operation ${operation} is not valid for a key of KeySpec ${keySpec} and KeyUsage ${keyUsage}.`)

/** (U) */
export const constraintNotForKey = (keySpec: string) =>
  validation(`Encryption context constraints are not valid for a key of KeySpec ${keySpec}.`)

/** (U) */
export const constraintTooLarge = (type: string, maxPairs: number) =>
  validation(`${type} can have at most ${maxPairs} encryption context pairs.`)

/** (U) */
export const constraintTooLong = (type: string, maxCharacters: number) =>
  validation(`A value in ${type} can have at most ${maxCharacters} characters.`)

/** (U) */
export const tooManyGrants = (keyArn: string) => limitExceeded(`${keyArn} already has ${quotas.grantsPerKey} grants.`)

// Quotas

export const throttled = () =>
  refusal(
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  )

// Lists

/** (U) */
export const invalidMarker = () => refusal('InvalidMarkerException', 'The marker is not valid.')
