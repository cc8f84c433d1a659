import { minuteMs } from '../../core/durations.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Store } from '../../core/store.ts'
import { UseRecorder } from '../../kit/use-recorder.ts'
import type { LastUse } from './domain/entities.ts'
import { accountScope, lastUses } from './storage/collections.ts'

type Use = Parameters<IdentityDirectory['noteUse']>[0]

/** How exact AWS is, and how rarely a busy key is written. */
const resolutionMs = 15 * minuteMs

interface PendingUse extends LastUse {
  accountId: string
}

/** Records when access keys and roles were last used, at most every 15 minutes each. */
export class LastUseRecorder {
  readonly #uses: UseRecorder<PendingUse>

  constructor(store: Pick<Store, 'transaction'>, onFault: (fault: unknown) => void) {
    this.#uses = new UseRecorder<PendingUse>({
      ...{ store, onFault, resolutionMs },
      // As soon as the request is answered: the handlers of IAM read what is written.
      writeAfterMs: 0,
      async write(tx, id, { accountId, ...use }) {
        const scope = accountScope(accountId)
        const written = await tx.in(lastUses).get(scope, id)
        const isDue = !written || Math.abs(use.atMs - written.atMs) >= resolutionMs
        if (isDue) await tx.in(lastUses).put(scope, id, use)
      },
    })
  }

  note({ caller, service, region, atMs }: Use): void {
    const { principal, accessKeyId } = caller
    const id = principal.kind === 'assumed-role' ? principal.roleId : accessKeyId
    // Keys in the server's configuration and temporary ones of users are nowhere listed.
    if (!id || !/^A(KIA|ROA)[A-Z2-7]{16,17}$/.test(id) || !('accountId' in principal)) return
    this.#uses.note(id, { accountId: principal.accountId, atMs, service, region })
  }

  /** Writes the uses noted so far. Never rejects. */
  flush(): Promise<void> {
    return this.#uses.flush()
  }
}
