import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const clientOf = ({ port, credentials }: ServerProcess) =>
  new CloudWatchLogsClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 })

test('a killed server has every event that it acknowledged, once and in whole batches', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-kill-logs-'))
  const acknowledged = new Set<string>()
  const writers = 6
  const batch = 7
  try {
    for (let round = 0; round < 5; round++) {
      const server = await startServerProcess(dataDir)
      const logs = clientOf(server)
      await logs.send(new CreateLogGroupCommand({ logGroupName: 'g' })).catch(() => undefined)
      let killed: Promise<void> | undefined
      const write = async (writer: number) => {
        const stream = { logGroupName: 'g', logStreamName: `${round}-${writer}` }
        await logs.send(new CreateLogStreamCommand(stream))
        for (let n = 0; !killed; n++) {
          const name = `${round}.${writer}.${n}`
          const timestamp = Date.now()
          const logEvents = Array.from({ length: batch }, (_, k) => ({ timestamp, message: `${name}/${k}` }))
          await logs.send(new PutLogEventsCommand({ ...stream, logEvents }))
          acknowledged.add(name)
          if (acknowledged.size >= (round + 1) * 150) killed ??= server.kill()
        }
      }
      await Promise.allSettled(Array.from({ length: writers }, (_, writer) => write(writer)))
      await killed
      logs.destroy()
    }
    const server = await startServerProcess(dataDir)
    const logs = clientOf(server)
    const found = new Map<string, string[]>()
    for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, { logGroupName: 'g' })) {
      for (const { message = '' } of events) {
        const [name = '', place = ''] = message.split('/')
        found.set(name, [...(found.get(name) ?? []), place])
      }
    }
    for (const name of acknowledged) assert.ok(found.has(name), `${name} was acknowledged and is lost`)
    const whole = Array.from({ length: batch }, (_, k) => `${k}`)
    for (const [name, places] of found) assert.deepEqual(places, whole, name)
    // At most what was under way when the server was killed was not acknowledged.
    assert.ok(found.size - acknowledged.size <= 5 * writers)
    logs.destroy()
    await server.stop()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
