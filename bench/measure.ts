import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type SignedRequest, toBytes } from '../test/fixtures/raw-client.ts'

export const connections = 64

const loader = fileURLToPath(new URL('load.ts', import.meta.url))
const execute = promisify(execFile)

export interface Result {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  statuses: Record<string, number>
  /** Processor time of the server for each request, all its threads together; NaN where the system does not report it. */
  cpuMicroseconds: number
  /** Of these the server's first thread, which serves. */
  servingMicroseconds: number
}

/** Loads a server for some seconds from another process. @param pid - of the server. */
export async function measure(
  port: number,
  requests: SignedRequest[],
  pid: number | undefined,
  seconds: number,
): Promise<Result> {
  const load = { port, connections, seconds, warmupSeconds: 1, requests: requests.map(toBytes) }
  const before = processorMs(pid)
  const servingBefore = processorMs(pid, pid)
  const loading = execute(process.execPath, [loader], { maxBuffer: 1e7 })
  loading.child.stdin?.end(JSON.stringify(load))
  const { stdout } = await loading
  const result: Result & { answered: number } = JSON.parse(stdout)
  const eachMicroseconds = (ms: number) => Math.round((ms * 1000) / result.answered)
  return {
    ...result,
    cpuMicroseconds: eachMicroseconds(processorMs(pid) - before),
    servingMicroseconds: eachMicroseconds(processorMs(pid, pid) - servingBefore),
  }
}

/** Returns the processor time of a process, or of one of its threads, so far. */
export function processorMs(pid: number | undefined, thread?: number): number {
  try {
    const file = thread === undefined ? `/proc/${pid}/stat` : `/proc/${pid}/task/${thread}/stat`
    const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? []
    // User and system time, in ticks of ten milliseconds.
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return Number.NaN
  }
}
