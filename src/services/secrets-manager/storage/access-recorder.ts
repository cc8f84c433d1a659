import { secondMs } from '../../../core/durations.ts'
import type { Store } from '../../../core/store.ts'
import { type Use, UseRecorder } from '../../../kit/use-recorder.ts'
import { dayOf, type Secret, type SecretVersion } from '../domain/secret.ts'
import { scopeOf, secrets, versionKey } from './collections.ts'
import { getVersion, putSecret, putVersion } from './secret-store.ts'

/** What shows the dates flushes first; only other servers of a cluster see them this late. */
const writeAfterMs = 5 * secondMs

interface Access extends Use {
  secret: Pick<Secret, 'accountId' | 'region' | 'name' | 'uid'>
  versionId: string
}

/** Records on which day secrets and their versions were last read. */
export class AccessRecorder {
  readonly #uses: UseRecorder<Access>

  constructor(store: Pick<Store, 'transaction'>, onFault: (fault: unknown) => void) {
    this.#uses = new UseRecorder<Access>({
      // The dates of a secret say whether there is anything to note.
      ...{ store, onFault, writeAfterMs, resolutionMs: 0 },
      async write(tx, _id, { secret, versionId, atMs: day }) {
        const now = await tx.in(secrets).get(scopeOf(secret), secret.name)
        // Deleted since, and perhaps made anew.
        if (now?.uid !== secret.uid) return
        if (now.accessedDayMs !== day) await putSecret(tx, { ...now, accessedDayMs: day })
        const version = await getVersion(tx, now, versionId)
        if (version && version.accessedDayMs !== day) await putVersion(tx, now, { ...version, accessedDayMs: day })
      },
    })
  }

  note(secret: Secret, version: SecretVersion, nowMs: number): void {
    const day = dayOf(nowMs)
    if (secret.accessedDayMs === day && version.accessedDayMs === day) return
    const { accountId, region, name, uid } = secret
    const { versionId } = version
    const id = JSON.stringify([accountId, region, versionKey(uid, versionId)])
    this.#uses.note(id, { secret: { accountId, region, name, uid }, versionId, atMs: day })
  }

  /** Writes the accesses noted so far: before dates are shown, and when the server stops. Never rejects. */
  flush(): Promise<void> {
    return this.#uses.flush()
  }
}
