import { sealedFrameBytes } from './frames.ts'

/** Sealed frames are written and read by so many together. */
export const framesPerPart = 4

/** Every part is so long, but the last. */
export const partBytes = framesPerPart * sealedFrameBytes

/** Keeps the sealed bytes of blobs. Ids are UUIDs. */
export interface BlobContent {
  /** How many parts may come together, once a content is large. */
  readonly partsTogether: number
  /**
   * For how long the bytes of a removed blob stay for those who are reading it, on this node or another; they ask for more time
   * before it ends. 0 where an open content is read to its end in any case.
   */
  readonly staysForReadersMs: number
  /**
   * Writes a new content, part by part, and resolves when it is durable.
   * @param parts - several together later on; each stays as it is until the one behind the next is asked for: one may be written while the next comes.
   * @throws StoreUnavailableError when it cannot be written; what `parts` throws.
   */
  write(id: string, parts: AsyncIterable<Buffer>): Promise<void>
  open(id: string): Promise<OpenContent>
  /** Removes a content, or what there is of it. */
  delete(id: string): Promise<void>
}

export interface OpenContent {
  /** @returns the part of this number; shorter or empty where the content ends. */
  part(number: number): Promise<Buffer>
  close(): Promise<void>
}
