import type { Clock } from '../../core/clock.ts'
import { hourMs, secondMs } from '../../core/durations.ts'
import { type Caller, printedArn } from '../../core/principal.ts'
import type { WorkRunner } from '../../core/scheduler.ts'
import { ServiceError } from '../../core/service-error.ts'
import { serviceEvent } from '../../core/services/service-event.ts'
import type { Scope, Store, Transaction } from '../../core/store.ts'
import { readImport } from './domain/public-import.ts'
import type { PublicImports } from './domain/public-parameter.ts'
import {
  importedParameters,
  publicImports,
  publicImportsId,
  publicImportsScope,
  stagedImports,
} from './storage/collections.ts'
import { currentImports } from './storage/public-parameters.ts'

// Public parameters are imported in parts: each part is kept apart under the id of its import, and all of them hold from one
// transaction on. What is never finished, or holds no longer, is removed in the background.

/** The kind of due work that removes the parts of an import; its key is the import's id. */
const discardImportWork = 'ssm.discard-import'

const unfinishedMs = hourMs
const pauseMs = secondMs
const removedAtOnce = 500
const mostImports = 8

export interface ImportDependencies {
  store: Store
  clock: Clock
  /** Where the imports are recorded: account and region of the server. */
  scope: Scope
}

/** What an operator asks: a part of an import, that all its parts hold from now on, or that no import does any more. */
export type ImportRequest =
  | { importId: string; parameters: unknown }
  | { importId: string; hold: 'beside' | 'instead' }
  | { restore: true }

/**
 * Takes one step of an import.
 * @returns how many parameters the import has.
 * @throws ServiceError ValidationException.
 */
export async function importPublicParameters(
  { store, clock, scope }: ImportDependencies,
  request: unknown,
  caller: Caller,
): Promise<{ parameters: number }> {
  const nowMs = clock.nowMs()
  const asked = readRequest(request)
  if ('parameters' in asked) {
    const placed = readImport(asked.parameters, nowMs)
    return store.transaction(async (tx) => {
      const before = await tx.in(stagedImports).get(publicImportsScope, asked.importId)
      if (before?.holds) throw refused('The import is finished; nothing can be added to it.')
      for (const { region, parameter } of placed) {
        const place = { accountId: asked.importId, region }
        await tx.in(importedParameters).put(place, parameter.qualified, parameter)
      }
      const regions = [...new Set([...(before?.regions ?? []), ...placed.map(({ region }) => region)])]
      const parameters = (before?.parameters ?? 0) + placed.length
      await tx.in(stagedImports).put(publicImportsScope, asked.importId, { regions, parameters, holds: false })
      await scheduleRemoval(tx, asked.importId, nowMs + unfinishedMs)
      return { parameters }
    })
  }
  return store.transaction(async (tx) => {
    const before = await currentImports(tx)
    const { imports, parameters } = await nextImports(tx, before, asked)
    await tx.in(publicImports).put(publicImportsScope, publicImportsId, imports)
    for (const id of before.importIds.filter((held) => !imports.importIds.includes(held))) {
      await scheduleRemoval(tx, id, nowMs)
    }
    tx.record(
      serviceEvent({
        eventSource: 'ssm.amazonaws.com',
        eventName: 'ImportPublicParameters',
        timeMs: nowMs,
        scope,
        invokedBy: printedArn(caller.principal),
        serviceEventDetails: { ...asked, parameters },
      }),
    )
    return { parameters }
  })
}

async function nextImports(
  tx: Transaction,
  { importIds, replacesCatalogue }: PublicImports,
  asked: Exclude<ImportRequest, { parameters: unknown }>,
): Promise<{ imports: PublicImports; parameters: number }> {
  if ('restore' in asked) return { imports: { importIds: [], replacesCatalogue: false }, parameters: 0 }
  const { importId, hold } = asked
  const staged = await tx.in(stagedImports).get(publicImportsScope, importId)
  if (!staged || staged.holds) throw refused('There is no unfinished import with this id.')
  const kept = hold === 'beside' ? importIds : []
  if (kept.length >= mostImports) {
    throw refused(`There are ${mostImports} imports beside one another already: restore, or import in place of them.`)
  }
  await tx.in(stagedImports).put(publicImportsScope, importId, { ...staged, holds: true })
  await tx.unschedule(discardImportWork, importId)
  const imports = { importIds: [...kept, importId], replacesCatalogue: hold === 'instead' || replacesCatalogue }
  return { imports, parameters: staged.parameters }
}

const scheduleRemoval = (tx: Transaction, importId: string, dueAtMs: number): Promise<void> =>
  tx.schedule({ kind: discardImportWork, key: importId, dueAtMs, scope: publicImportsScope, payload: null })

/** Removes the parts of an import that does not hold, a number at a time. */
export const publicImportWork = ({ clock }: { clock: Clock }): Record<string, WorkRunner> => ({
  [discardImportWork]:
    async ({ key: importId }) =>
    async (tx) => {
      const staged = await tx.in(stagedImports).get(publicImportsScope, importId)
      const holds = (await currentImports(tx)).importIds.includes(importId)
      if (!staged || holds) return
      const [region, ...others] = staged.regions
      if (region === undefined) {
        await tx.in(stagedImports).delete(publicImportsScope, importId)
        return
      }
      const scope = { accountId: importId, region }
      const found = await tx.in(importedParameters).list(scope, { limit: removedAtOnce })
      for (const { id } of found) await tx.in(importedParameters).delete(scope, id)
      const regions = found.length < removedAtOnce ? others : staged.regions
      await tx.in(stagedImports).put(publicImportsScope, importId, { ...staged, regions })
      await scheduleRemoval(tx, importId, clock.nowMs() + pauseMs)
    },
})

const usage =
  'Send {"importId", "parameters": [...]} for each part, then {"importId", "hold": "beside" or "instead"}; or {"restore": true}.'

function readRequest(request: unknown): ImportRequest {
  if (typeof request !== 'object' || request === null) throw refused(usage)
  const { importId, parameters, hold, restore, ...others } = request as Record<string, unknown>
  if (Object.keys(others).length > 0) throw refused(usage)
  if (restore === true && importId === undefined && parameters === undefined && hold === undefined) return { restore }
  if (typeof importId !== 'string' || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(importId)) {
    throw refused(`importId must be a UUID. ${usage}`)
  }
  if (parameters !== undefined && hold === undefined) return { importId, parameters }
  if ((hold === 'beside' || hold === 'instead') && parameters === undefined) return { importId, hold }
  throw refused(usage)
}

const refused = (message: string) => new ServiceError('ValidationException', 400, message)
