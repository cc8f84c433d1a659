import { createHash } from 'node:crypto'
import type { EnvironmentResponse } from '@aws-sdk/client-lambda'
import { ServiceError } from '../../../core/service-error.ts'
import { keyNotUsable } from '../domain/errors.ts'
import { arnOfFunction, type EncryptedVariables, type FunctionVersion, type KeyGrant } from '../domain/function.ts'
import { defaultKeyAlias, serializeVariables, variablesContext } from '../domain/function-variables.ts'
import type { LambdaContext } from '../lambda-context.ts'

/**
 * Encrypts the variables of a function as its caller.
 * @returns undefined when there are none.
 * @throws ServiceError InvalidParameterValueException - reserved names, too much of them, a key that the caller cannot use.
 */
export async function encryptVariables(
  { call }: LambdaContext,
  functionArn: string,
  variables: Readonly<Record<string, string>> | undefined,
  kmsKeyArn: string | undefined,
): Promise<EncryptedVariables | undefined> {
  if (!variables || Object.keys(variables).length === 0) return undefined
  const Plaintext = serializeVariables(variables)
  try {
    const { CiphertextBlob, KeyId } = await call.invoke('kms', 'Encrypt', {
      KeyId: kmsKeyArn ?? defaultKeyAlias,
      Plaintext,
      EncryptionContext: variablesContext(functionArn),
    })
    const keyArn = kmsKeyArn === undefined ? undefined : KeyId
    return { ciphertext: Buffer.from(CiphertextBlob).toString('base64'), keyArn }
  } catch (refusal) {
    throw refusal instanceof ServiceError ? keyNotUsable(refusal, 'Encrypt') : refusal
  }
}

/**
 * Lets a function's role decrypt its variables under a customer managed key, whatever the role's own policies say. AWS's own
 * key lets every principal of the account by way of Lambda.
 * @returns undefined where no grant is needed.
 * @throws ServiceError InvalidParameterValueException - the caller may not make grants on the key.
 */
export async function grantDecryption(
  { call }: LambdaContext,
  functionArn: string,
  roleArn: string,
  variables: EncryptedVariables | undefined,
): Promise<KeyGrant | undefined> {
  const keyArn = variables?.keyArn
  if (keyArn === undefined) return undefined
  try {
    const { GrantId } = await call.invoke('kms', 'CreateGrant', {
      KeyId: keyArn,
      // With a name, the same grant is made once.
      Name: createHash('sha256').update(functionArn).digest('hex'),
      GranteePrincipal: roleArn,
      Operations: ['Decrypt', 'RetireGrant'],
      Constraints: { EncryptionContextEquals: variablesContext(functionArn) },
    })
    return { keyArn, grantId: GrantId, roleArn }
  } catch (refusal) {
    throw refusal instanceof ServiceError ? keyNotUsable(refusal, 'CreateGrant') : refusal
  }
}

/** Decrypts the variables of a version as the caller. @throws ServiceError of KMS. */
export async function decryptVariables(
  { call }: LambdaContext,
  version: FunctionVersion,
): Promise<Record<string, string> | undefined> {
  if (!version.variables) return undefined
  const { Plaintext } = await call.invoke('kms', 'Decrypt', {
    CiphertextBlob: Buffer.from(version.variables.ciphertext, 'base64'),
    EncryptionContext: variablesContext(arnOfFunction(version)),
  })
  return JSON.parse(Buffer.from(Plaintext).toString('utf8'))
}

/** Returns the variables as operations show them. For a caller who may not decrypt them, the error stands in their place. */
export async function shownVariables(
  lambda: LambdaContext,
  version: FunctionVersion,
): Promise<EnvironmentResponse | undefined> {
  try {
    const Variables = await decryptVariables(lambda, version)
    return Variables && { Variables }
  } catch (refusal) {
    if (!(refusal instanceof ServiceError)) throw refusal
    const Message = `Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS permissions. KMS Exception: ${refusal.code} KMS Message: ${refusal.message}`
    return { Error: { ErrorCode: refusal.code, Message } }
  }
}
