import { minuteMs } from '../../../core/durations.ts'
import type { Store } from '../../../core/store.ts'
import { UseRecorder } from '../../../kit/use-recorder.ts'
import type { KeyUsages, KeyUse } from '../domain/algorithms/key-usage.ts'
import type { KmsKey } from '../domain/key.ts'
import { keys, keyUsages, scopeOf } from './collections.ts'

/** Records when keys were last used. AWS takes up to an hour to show a use; here it is written within a minute. */
export class KeyUsageRecorder implements KeyUsages {
  readonly #store: Store
  /** By key ARN. */
  readonly #uses: UseRecorder<KeyUse>

  constructor(store: Store, onFault: (fault: unknown) => void) {
    this.#store = store
    this.#uses = new UseRecorder<KeyUse>({
      ...{ store, onFault, writeAfterMs: minuteMs, resolutionMs: 0 },
      async write(tx, arn, use) {
        const [, , , region = '', accountId = '', resource = ''] = arn.split(':')
        const scope = { accountId, region }
        const keyId = resource.slice('key/'.length)
        const written = await tx.in(keyUsages).get(scope, keyId)
        const isNews = (written?.atMs ?? 0) <= use.atMs
        // A key may have been deleted since.
        if (isNews && (await tx.in(keys).get(scope, keyId))) await tx.in(keyUsages).put(scope, keyId, use)
      },
    })
  }

  note(keyArn: string, use: KeyUse): void {
    this.#uses.note(keyArn, use)
  }

  async lastUse(key: KmsKey): Promise<KeyUse | undefined> {
    return this.#uses.pending(key.arn) ?? (await this.#store.in(keyUsages).get(scopeOf(key), key.keyId))
  }

  /** Writes the uses noted so far. Never rejects. */
  flush(): Promise<void> {
    return this.#uses.flush()
  }
}
