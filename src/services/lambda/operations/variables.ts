import type { EnvironmentResponse } from '@aws-sdk/client-lambda'
import { ServiceError } from '../../../core/service-error.ts'
import { keyNotUsable } from '../domain/errors.ts'
import { arnOfFunction, type EncryptedVariables, type FunctionVersion } from '../domain/function.ts'
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
    const { CiphertextBlob } = (await call.invoke('kms', 'Encrypt', {
      KeyId: kmsKeyArn ?? defaultKeyAlias,
      Plaintext,
      EncryptionContext: variablesContext(functionArn),
    })) as { CiphertextBlob: Uint8Array }
    return { ciphertext: Buffer.from(CiphertextBlob).toString('base64') }
  } catch (refusal) {
    throw refusal instanceof ServiceError ? keyNotUsable(refusal) : refusal
  }
}

/** Decrypts the variables of a version as the caller. @throws ServiceError of KMS. */
export async function decryptVariables(
  { call }: LambdaContext,
  version: FunctionVersion,
): Promise<Record<string, string> | undefined> {
  if (!version.variables) return undefined
  const { Plaintext } = (await call.invoke('kms', 'Decrypt', {
    CiphertextBlob: Buffer.from(version.variables.ciphertext, 'base64'),
    EncryptionContext: variablesContext(arnOfFunction(version)),
  })) as { Plaintext: Uint8Array }
  return JSON.parse(Buffer.from(Plaintext).toString('utf8'))
}

/** The variables as operations show them: what the caller may not decrypt is told in their place. */
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
