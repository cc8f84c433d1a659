import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CloudTrailClient,
  CreateEventDataStoreCommand,
  GetQueryResultsCommand,
  ListQueriesCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { eventually } from '../../src/testing/eventually.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const optionsOf = ({ port, credentials }: ServerProcess) => ({
  ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 },
})

test('an event data store of a server that is killed again and again has each call once, for the AWS SDK', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-lake-'))
  let server = await startServerProcess(dataDir)
  try {
    const { EventDataStoreArn = '' } = await new CloudTrailClient(optionsOf(server)).send(
      new CreateEventDataStoreCommand({ Name: 'audit' }),
    )
    const id = EventDataStoreArn.slice(EventDataStoreArn.lastIndexOf('/') + 1)
    for (let round = 0; round < 3; round++) {
      const iam = new IAMClient(optionsOf(server))
      for (let n = 0; n < 20; n++) await iam.send(new CreateUserCommand({ UserName: `u-${round}-${n}` }))
      iam.destroy()
      await server.kill()
      server = await startServerProcess(dataDir)
    }
    const trail = new CloudTrailClient(optionsOf(server))
    const QueryStatement = `SELECT count(*) AS n, count(DISTINCT eventID) AS d FROM ${id} WHERE eventName = 'CreateUser'`
    const rows = async () => {
      const { QueryId } = await trail.send(new StartQueryCommand({ QueryStatement }))
      const results = () => trail.send(new GetQueryResultsCommand({ QueryId }))
      const ended = await eventually(results, ({ QueryStatus }) => QueryStatus === 'FINISHED')
      return ended.QueryResultRows
    }
    const found = await eventually(rows, (page) => page?.[0]?.[0]?.n === '60')
    assert.deepEqual(found, [[{ n: '60' }, { d: '60' }]])
    const { Queries = [] } = await trail.send(new ListQueriesCommand({ EventDataStore: EventDataStoreArn }))
    assert.ok(Queries.length > 0)
    trail.destroy()
  } finally {
    await server.kill()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
