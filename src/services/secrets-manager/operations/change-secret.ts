import type { Secret } from '../domain/secret.ts'
import { checkChangeable } from '../domain/secret-state.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { rereadSecret } from '../storage/secret-store.ts'
import { saveSecret } from './save-secret.ts'

/**
 * Changes what is known of a secret, for an operation that does nothing else.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterException (a replica), InvalidRequestException (marked for
 *   deletion).
 */
export async function changeSecret<R = undefined>(
  { call, secrets }: SecretsManagerContext,
  secretId: string,
  change: (secret: Secret) => Secret,
  answer?: (secret: Secret) => R,
): Promise<R | undefined> {
  const found = await secrets.get(secretId)
  return call.transaction(async (tx) => {
    const secret = await rereadSecret(tx, found)
    checkChangeable(secret)
    const saved = await saveSecret(tx, secret, change(secret), call.clock.nowMs())
    return answer?.(saved)
  })
}
