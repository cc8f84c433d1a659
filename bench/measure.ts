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
  /** Processor time of the server for each request, all its threads together; NaN where the system does not tell. */
  cpuMicroseconds: number
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
  const loading = execute(process.execPath, [loader], { maxBuffer: 1e7 })
  loading.child.stdin?.end(JSON.stringify(load))
  const { stdout } = await loading
  const result: Result & { answered: number } = JSON.parse(stdout)
  return { ...result, cpuMicroseconds: Math.round(((processorMs(pid) - before) * 1000) / result.answered) }
}

function processorMs(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    // User and system time, in ticks of ten milliseconds.
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return Number.NaN
  }
}
