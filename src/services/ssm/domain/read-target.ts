import { parameterNotFound } from './errors.ts'
import { isPublicName, type Place } from './parameter-name.ts'
import { type ParameterReference, parseReference } from './parameter-reference.ts'

/** Where references to secrets stand. */
export const secretNamespace = '/aws/reference/secretsmanager/'

/** What GetParameter and GetParameters can be asked for. */
export type ReadTarget =
  | ({ kind: 'stored' } & ParameterReference)
  | ({ kind: 'public' } & ParameterReference)
  | {
      kind: 'secret'
      /** The caller's own. */
      accountId: string
      /** The reference without its selector; also the name that permissions are asked for. */
      qualified: string
      /** The name of the secret. */
      secretId: string
      /** Version id or staging label, without the colon. */
      version?: string
    }

/** @throws ServiceError ParameterNotFound, ValidationException. */
export function parseReadTarget(text: string, place: Place): ReadTarget {
  const trimmed = text.trim()
  if (trimmed.startsWith(secretNamespace)) return parseSecret(trimmed, place)
  const reference = parseReference(trimmed, place)
  return { kind: isPublicName(reference.qualified) ? 'public' : 'stored', ...reference }
}

/** Secrets have names with letters that those of parameters have not, but no colon. */
function parseSecret(text: string, { accountId }: Place): ReadTarget {
  const [qualified = '', version, ...more] = text.split(':')
  const secretId = qualified.slice(secretNamespace.length)
  if (secretId === '' || version === '' || more.length > 0) throw parameterNotFound()
  return { kind: 'secret', accountId, qualified, secretId, ...(version !== undefined && { version }) }
}
