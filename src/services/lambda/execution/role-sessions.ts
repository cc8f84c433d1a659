import type { CredentialResolver } from '../../../core/credentials.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { type ServiceCalls, servicePrincipal } from '../../../core/services/service-calls.ts'
import type { InputOf, OperationName, OutputOf } from '../../../core/services/service-operations.ts'
import { environmentNotReadable, roleNoLongerAssumable } from '../domain/errors.ts'
import { arnOfFunction, type FunctionVersion, type KeyGrant } from '../domain/function.ts'
import { lambdaPrincipal, variablesContext } from '../domain/function-variables.ts'

/** Temporary credentials of a function's role. */
export interface RoleCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  /** By the server's clock. */
  expiresAtMs: number
}

/** Acts for functions: becomes their role, and reads their variables as their role. */
export class RoleSessions {
  readonly #calls: ServiceCalls
  readonly #credentials: CredentialResolver

  constructor(calls: ServiceCalls, credentials: CredentialResolver) {
    this.#calls = calls
    this.#credentials = credentials
  }

  /** A session of the version's role, under the function's name. @throws ServiceError AccessDeniedException. */
  async assume(version: Parameters<RoleSessions['tryAssume']>[0]): Promise<RoleCredentials> {
    const credentials = await this.tryAssume(version)
    if (!credentials) throw roleNoLongerAssumable()
    return credentials
  }

  /** The same; undefined when STS refuses, which is for the role's trust policy to decide. */
  async tryAssume(
    version: Pick<FunctionVersion, 'arn' | 'version' | 'accountId' | 'region' | 'functionName' | 'roleArn'>,
  ): Promise<RoleCredentials | undefined> {
    const { accountId, region, functionName, roleArn } = version
    try {
      const { Credentials } = await this.#calls.invoke({
        caller: servicePrincipal(lambdaPrincipal, { arn: arnOfFunction(version), accountId }),
        region,
        service: 'sts',
        operation: 'AssumeRole',
        // Session names have two characters or more, function names one.
        input: { RoleArn: roleArn, RoleSessionName: functionName.padEnd(2, '_') },
      })
      return {
        accessKeyId: Credentials.AccessKeyId,
        secretAccessKey: Credentials.SecretAccessKey,
        sessionToken: Credentials.SessionToken,
        expiresAtMs: Credentials.Expiration.getTime(),
      }
    } catch (refusal) {
      if (refusal instanceof ServiceError && refusal.status < 500) return undefined
      throw refusal
    }
  }

  /** Ends a grant of the role that it was made for. One whose role or key is gone ends with them. */
  async retire(version: FunctionVersion, { keyArn, grantId, roleArn }: KeyGrant): Promise<void> {
    const credentials = await this.tryAssume({ ...version, roleArn })
    if (!credentials) return
    try {
      await this.#invokeKms(version, credentials, 'RetireGrant', { KeyId: keyArn, GrantId: grantId })
    } catch (refusal) {
      if (!(refusal instanceof ServiceError) || refusal.status >= 500) throw refusal
    }
  }

  /** Calls KMS as the version's role, by way of Lambda. */
  async #invokeKms<O extends OperationName<'kms'>>(
    version: FunctionVersion,
    credentials: RoleCredentials,
    operation: O,
    input: InputOf<'kms', O>,
  ): Promise<OutputOf<'kms', O>> {
    const resolved = await this.#credentials.resolve(credentials.accessKeyId, credentials.sessionToken)
    if (typeof resolved === 'string' || 'refused' in resolved) throw new Error('credentials just issued are refused')
    const { caller } = resolved
    const { region } = version
    return this.#calls.invoke({ caller, calledVia: [lambdaPrincipal], region, service: 'kms', operation, input })
  }

  /** The version's own environment variables. @throws ServiceError KMSAccessDeniedException … as KMS refuses. */
  async openVariables(
    version: FunctionVersion,
    credentials: RoleCredentials,
  ): Promise<Readonly<Record<string, string>>> {
    if (!version.variables) return {}
    try {
      const { Plaintext } = await this.#invokeKms(version, credentials, 'Decrypt', {
        CiphertextBlob: Buffer.from(version.variables.ciphertext, 'base64'),
        EncryptionContext: variablesContext(arnOfFunction(version)),
      })
      return JSON.parse(Buffer.from(Plaintext).toString('utf8'))
    } catch (refusal) {
      throw refusal instanceof ServiceError ? environmentNotReadable(refusal) : refusal
    }
  }
}
