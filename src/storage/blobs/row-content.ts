import { hourMs } from '../../core/durations.ts'
import type { OpenStore } from '../store.ts'
import type { BlobContent, OpenContent } from './blob-content.ts'

/** Contents in rows of the database, a part each: where there is no folder, or nodes have none in common. */
export class RowContent implements BlobContent {
  readonly partsTogether = 1
  readonly staysForReadersMs = hourMs
  readonly #store: Pick<OpenStore, 'read' | 'write'>

  constructor(store: Pick<OpenStore, 'read' | 'write'>) {
    this.#store = store
  }

  async write(id: string, parts: AsyncIterable<Buffer>): Promise<void> {
    let number = 0
    for await (const part of parts) {
      const place = number++
      await this.#store.write((sql) =>
        sql.run('INSERT INTO blob_content (id, part, bytes) VALUES (?, ?, ?)', [id, place, part]),
      )
    }
  }

  async open(id: string): Promise<OpenContent> {
    return {
      part: async (number) => {
        const [row] = await this.#store.read((sql) =>
          sql.all<{ bytes: Uint8Array }>('SELECT bytes FROM blob_content WHERE id = ? AND part = ?', [id, number]),
        )
        return row ? Buffer.from(row.bytes.buffer, row.bytes.byteOffset, row.bytes.byteLength) : Buffer.alloc(0)
      },
      close: async () => {},
    }
  }

  async delete(id: string): Promise<void> {
    await this.#store.write((sql) => sql.run('DELETE FROM blob_content WHERE id = ?', [id]))
  }
}
