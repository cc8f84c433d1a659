import type { GetRandomPasswordRequest, GetRandomPasswordResponse } from '@aws-sdk/client-secrets-manager'
import type { Validated } from '../../../core/operation.ts'
import { randomPassword } from '../domain/random-password.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'

/** @throws ServiceError InvalidParameterException - no password fits. */
export const getRandomPassword = async (
  _context: SecretsManagerContext,
  request: Validated<GetRandomPasswordRequest>,
): Promise<GetRandomPasswordResponse> => ({ RandomPassword: randomPassword(request) })
