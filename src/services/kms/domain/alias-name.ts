import { aliasNameInvalid, aliasReserved, aliasWithoutPrefix } from './errors.ts'
import { aliasPrefix, isAliasName } from './key-identifier.ts'

/**
 * Checks the name of an alias that is to be made, moved or deleted. Names are case-sensitive.
 * @throws ServiceError ValidationException (prefix, letters), NotAuthorizedException (`alias/aws/` is AWS's own).
 */
export function checkAliasName(name: string): void {
  if (!isAliasName(name)) throw aliasWithoutPrefix()
  if (!/^[a-zA-Z0-9/_-]+$/.test(name.slice(aliasPrefix.length))) throw aliasNameInvalid(name)
  if (name.startsWith(`${aliasPrefix}aws/`)) throw aliasReserved()
}
