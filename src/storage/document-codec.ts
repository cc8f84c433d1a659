import type { Sealer } from '../core/sealer.ts'
import type { CollectionSpec, Scope } from '../core/store.ts'

/**
 * A document as the database holds it: JSON, with each sealed member as `{"$sealed": base64}`, bound to the document's
 * collection, account, region and id and to the member's name.
 */
export function encodeDocument<T>(
  spec: CollectionSpec<T>,
  sealer: Sealer,
  scope: Scope,
  id: string,
  document: T,
): string {
  if (!spec.sealed?.length) return JSON.stringify(document)
  const stored = { ...document } as Record<string, unknown>
  for (const member of spec.sealed) {
    const json: string | undefined = JSON.stringify(stored[member])
    if (json === undefined) continue
    const sealed = sealer.seal(Buffer.from(json), sealContext(spec, scope, id, member))
    stored[member] = { $sealed: sealed.toString('base64') }
  }
  return JSON.stringify(stored)
}

/** @returns the document, frozen to its leaves. @throws Error when a sealed member was altered, moved or never sealed. */
export function decodeDocument<T>(spec: CollectionSpec<T>, sealer: Sealer, scope: Scope, id: string, text: string): T {
  const stored = JSON.parse(text)
  for (const member of spec.sealed ?? []) {
    if (stored[member] === undefined) continue
    const sealed: unknown = stored[member]?.$sealed
    if (typeof sealed !== 'string') throw new Error(`${spec.name} holds a document whose ${member} is not sealed`)
    const opened = sealer.open(Buffer.from(sealed, 'base64'), sealContext(spec, scope, id, member))
    stored[member] = JSON.parse(opened.toString())
  }
  return deepFreeze(stored)
}

// Unambiguous although ids may hold slashes: none of the other parts does.
const sealContext = (spec: { name: string }, { accountId, region }: Scope, id: string, member: string) =>
  `${spec.name}/${accountId}/${region}/${id}/${member}`

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}
