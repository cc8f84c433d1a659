import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ClientCredentials } from '../test/fixtures/clients.ts'
import { type SignedRequest, send } from '../test/fixtures/raw-client.ts'
import { measure, type Result } from './measure.ts'

// What the figures of a server are compared with.

const bareServer = fileURLToPath(new URL('bare-server.ts', import.meta.url))

/** Bare node:http: the same request, the same answer, nothing in between. */
export async function measureBare(port: number, request: SignedRequest, seconds: number): Promise<Result> {
  const { status, headers, body } = await send(port, request)
  if (status !== 200) throw new Error(`the request to be measured is refused: ${body}`)
  const { date: _, connection: __, 'keep-alive': ___, ...fixed } = headers
  const answer = JSON.stringify({ headers: fixed, body })
  const child = spawn(process.execPath, [bareServer, answer], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const barePort = await new Promise<number>((resolve) => child.stdout.once('data', (data) => resolve(Number(data))))
    return await measure(barePort, [request], child.pid, seconds)
  } finally {
    child.kill()
  }
}

/** @throws Error when a request was refused. */
export function assertAnswered(name: string, { statuses }: Result): void {
  if (Object.keys(statuses).join() !== '200') throw new Error(`${name}: ${JSON.stringify(statuses)}`)
}

export interface Moto {
  port: number
  pid: number | undefined
  credentials: ClientCredentials
}

/** Runs work against moto_server, which verifies nothing and keeps nothing; without it, says so and does nothing. */
export async function withMoto(work: (moto: Moto) => Promise<void>): Promise<void> {
  if (spawnSync('moto_server', ['--help']).status !== 0) {
    console.log('moto_server is not installed: nothing to compare with')
    return
  }
  const port = 20_000 + (process.pid % 20_000)
  const child = spawn('moto_server', ['-p', String(port)], { stdio: 'ignore' })
  try {
    await work({ port, pid: child.pid, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } })
  } finally {
    child.kill('SIGKILL')
  }
}

/** For the first request to a server that is only starting. */
export async function untilAnswers<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries > 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
