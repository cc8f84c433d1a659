/**
 * Returns what a service brings by name, where every name begins with the service's.
 * @param what - it is, for the message.
 * @throws Error for a name that does not: another service could take it.
 */
export function ownNames<T>(what: string, service: string, brought: Readonly<Record<string, T>> = {}) {
  for (const name of Object.keys(brought)) {
    if (!name.startsWith(`${service}.`)) {
      throw new Error(`the service ${service} brings the ${what} "${name}": its name must begin with "${service}."`)
    }
  }
  return brought
}
