import { readPolicy } from './language.ts'
import { variablesIn } from './wildcard.ts'

/**
 * The condition keys that a policy asks for, in conditions and variables, as first written.
 * @throws PolicyError
 */
export function contextKeysIn(policyText: string): string[] {
  const { version, statements } = readPolicy(policyText)
  const keys = new Map<string, string>()
  const add = (name: string) => keys.get(name.toLowerCase()) ?? keys.set(name.toLowerCase(), name)
  const addVariables = (texts: readonly string[] = []) => {
    if (version !== '2012-10-17') return
    for (const { name } of texts.flatMap(variablesIn)) add(name)
  }
  for (const { resource, notResource, conditions } of statements) {
    addVariables(resource ?? notResource)
    for (const { key, values } of conditions) {
      add(key)
      addVariables(values)
    }
  }
  return [...keys.values()]
}
