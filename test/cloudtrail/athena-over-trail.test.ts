import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GetQueryExecutionOutput, GetQueryResultsOutput, StartQueryExecutionOutput } from '@aws-sdk/client-athena'
import { athena } from '../../src/services/athena/athena.ts'
import { bucketName, cloudtrailFixture } from '../../src/services/cloudtrail/testing.ts'
import { glue } from '../../src/services/glue/glue.ts'
import { iam } from '../../src/services/iam/iam.ts'
import { kms } from '../../src/services/kms/kms.ts'
import { accountId, alice, region } from '../../src/testing/callers.ts'
import { cloudTrailTable } from '../../src/testing/trail-samples.ts'

test('Athena reads the files that a trail has delivered', async () => {
  const { start, call, pass, settle, services } = await cloudtrailFixture({
    modules: [athena, glue, kms, iam],
    settings: { 'athena.memory': '512MB', 'athena.processes': 1 },
  })
  try {
    await start('audit')
    await call('iam', 'CreateUser', { UserName: 'carol' }, { caller: alice })
    await call('iam', 'CreateUser', { UserName: 'carol' }, { caller: alice }).catch(() => {})
    const { KeyMetadata } = (await call('kms', 'CreateKey', {})) as { KeyMetadata: { Arn: string } }
    await pass(5)
    await call('s3', 'CreateBucket', { Bucket: 'results' })
    const run = async (QueryString: string) => {
      const ResultConfiguration = { OutputLocation: 's3://results/' }
      const started = await call('athena', 'StartQueryExecution', { QueryString, ResultConfiguration })
      const { QueryExecutionId } = started as StartQueryExecutionOutput
      await settle()
      const { QueryExecution } = (await call('athena', 'GetQueryExecution', {
        QueryExecutionId,
      })) as GetQueryExecutionOutput
      const { State, StateChangeReason } = QueryExecution?.Status ?? {}
      assert.deepEqual([State, StateChangeReason], ['SUCCEEDED', undefined])
      const { ResultSet } = (await call('athena', 'GetQueryResults', { QueryExecutionId })) as GetQueryResultsOutput
      return (ResultSet?.Rows ?? []).slice(1).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue))
    }
    // The table of the samples is over another folder: that of this account's trail takes its place.
    const folder = `s3://${bucketName}/AWSLogs/${accountId}/CloudTrail/${region}`
    await run(cloudTrailTable(bucketName).replaceAll(/s3:\/\/[^']*?\/us-east-1/g, folder))
    const text = `SELECT eventname, useridentity.username, errorcode, json_extract_scalar(requestparameters, '$.userName')
      FROM cloudtrail_logs WHERE eventsource = 'iam.amazonaws.com' ORDER BY errorcode NULLS FIRST`
    assert.deepEqual(await run(text), [
      ['CreateUser', 'alice', undefined, 'carol'],
      ['CreateUser', 'alice', 'EntityAlreadyExists', 'carol'],
    ])
    const keys = `SELECT r.arn FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS t(r) WHERE eventname = 'CreateKey'`
    assert.deepEqual(await run(keys), [[KeyMetadata.Arn]])
  } finally {
    for (const { instance } of services) await instance.stop?.()
  }
})
