import type { GetSecretValueRequest, GetSecretValueResponse } from '@aws-sdk/client-secrets-manager'
import type { Parameter } from '@aws-sdk/client-ssm'
import { ServiceError } from '../../../core/service-error.ts'
import { decryptionRequired, secretNotFound } from '../domain/errors.ts'
import type { ReadTarget } from '../domain/read-target.ts'
import type { SsmContext } from '../ssm-context.ts'

type SecretTarget = Extract<ReadTarget, { kind: 'secret' }>

/**
 * Reads a secret as a parameter: Secrets Manager is asked as the caller.
 * @throws ServiceError ValidationException (without decryption), ParameterNotFound, and what Secrets Manager refuses.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
export async function readSecret(context: SsmContext, target: SecretTarget, decrypts: boolean): Promise<Parameter> {
  if (!decrypts) throw decryptionRequired()
  const { qualified, version } = target
  const secret = await findSecret(context, target)
  const { ARN, Name, VersionId, SecretString, VersionStages, CreatedDate } = secret
  return {
    Name: qualified,
    Type: 'SecureString',
    Value: SecretString,
    Version: 0,
    ...(version !== undefined && { Selector: `:${version}` }),
    SourceResult: JSON.stringify({
      CreatedDate: epochSeconds(CreatedDate),
      Name,
      VersionId,
      SecretString,
      VersionStages,
      ARN,
    }),
    LastModifiedDate: CreatedDate,
    ARN,
    DataType: 'text',
  }
}

/** As Secrets Manager sends dates: with milliseconds as a fraction. */
const epochSeconds = (date: Date | undefined) => date && date.getTime() / 1000

async function findSecret(context: SsmContext, target: SecretTarget): Promise<GetSecretValueResponse> {
  const requests = requestsFor(target)
  for (const request of requests) {
    try {
      return await context.call.invoke('secretsmanager', 'GetSecretValue', request)
    } catch (refused) {
      const isAbsent = refused instanceof ServiceError && refused.code === 'ResourceNotFoundException'
      if (!isAbsent) throw refused
    }
  }
  const { qualified, version } = target
  throw secretNotFound(version === undefined ? qualified : `${qualified}:${version}`)
}

/** A selector as long as a version id may be one, or a staging label all the same. */
function requestsFor({ secretId: SecretId, version }: SecretTarget): GetSecretValueRequest[] {
  if (version === undefined) return [{ SecretId }]
  const byLabel = { SecretId, VersionStage: version }
  const mayBeId = version.length >= 32 && version.length <= 64
  return mayBeId ? [{ SecretId, VersionId: version }, byLabel] : [byLabel]
}
