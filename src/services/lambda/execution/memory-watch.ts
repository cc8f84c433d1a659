import { readFile } from 'node:fs/promises'

const bytesPerMegabyte = 1024 * 1024

/**
 * Returns the memory that a process has to itself (anonymous and shared pages in use, not the files it has mapped); undefined
 * where the system does not report it (only Linux has /proc), and once the process has ended.
 */
export async function privateMegabytes(pid: number): Promise<number | undefined> {
  let status: string
  try {
    status = await readFile(`/proc/${pid}/status`, 'utf8')
  } catch {
    return undefined
  }
  const kilobytes = ['RssAnon', 'RssShmem'].map((name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]),
  )
  const total = kilobytes.reduce((sum, size) => sum + size, 0)
  return Number.isNaN(total) ? undefined : (total * 1024) / bytesPerMegabyte
}

/** How often memory is looked at while a function runs. */
const pauseMs = 100

/** Looks at a process's memory while an invocation runs. */
export class MemoryWatch {
  readonly #pid: number
  readonly #limitMegabytes: number
  readonly #onExceeded: () => void
  #timer: NodeJS.Timeout | undefined
  #peakMegabytes = 0

  constructor(pid: number, limitMegabytes: number, onExceeded: () => void) {
    this.#pid = pid
    this.#limitMegabytes = limitMegabytes
    this.#onExceeded = onExceeded
  }

  /** The most that was seen, in whole megabytes. */
  get peakMegabytes(): number {
    return Math.ceil(this.#peakMegabytes)
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), pauseMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async look(): Promise<void> {
    const megabytes = await privateMegabytes(this.#pid)
    if (megabytes === undefined) return
    this.#peakMegabytes = Math.max(this.#peakMegabytes, megabytes)
    if (megabytes > this.#limitMegabytes && this.#timer) this.#onExceeded()
  }
}
