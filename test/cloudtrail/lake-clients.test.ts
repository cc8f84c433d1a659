import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startServerProcess } from '../fixtures/server-process.ts'

const run = promisify(execFile)

/** Puts events by a channel and asks for them, as any user of boto3 does. */
const program = `
import base64, hashlib, json, time, boto3
trail = boto3.client('cloudtrail')
data = boto3.client('cloudtrail-data')
selectors = [{'Name': 'all', 'FieldSelectors': [{'Field': 'eventCategory', 'Equals': ['ActivityAuditLog']}]}]
store = trail.create_event_data_store(Name='doors', AdvancedEventSelectors=selectors, TerminationProtectionEnabled=False)
arn = store['EventDataStoreArn']
channel = trail.create_channel(Name='doors', Source='Custom', Destinations=[{'Type': 'EVENT_DATA_STORE', 'Location': arn}])
account = arn.split(':')[4]
def event(n):
    text = json.dumps({'version': '1', 'userIdentity': {'type': 'person', 'principalId': 'p'}, 'eventSource': 'door.example.com',
        'eventName': 'Opened', 'eventTime': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()), 'UID': str(n), 'recipientAccountId': account})
    return {'id': 'e%d' % n, 'eventData': text, 'eventDataChecksum': base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}
put = data.put_audit_events(channelArn=channel['ChannelArn'], auditEvents=[event(n) for n in range(5)])
failed = data.put_audit_events(channelArn=channel['ChannelArn'], auditEvents=[{'id': 'x', 'eventData': '[]'}])['failed']
query = trail.start_query(QueryStatement='SELECT eventData.eventName AS name, count(*) AS n FROM ' + arn.split('/')[1] + ' GROUP BY 1')['QueryId']
while True:
    found = trail.get_query_results(QueryId=query)
    if found['QueryStatus'] not in ('QUEUED', 'RUNNING'): break
    time.sleep(0.05)
names = {}
for name, call in {
    'statement': lambda: trail.start_query(QueryStatement='DELETE FROM ' + arn.split('/')[1]),
    'channel': lambda: data.put_audit_events(channelArn=channel['ChannelArn'][:-1] + 'x', auditEvents=[event(1)]),
}.items():
    try: call()
    except Exception as error: names[name] = type(error).__name__
print(json.dumps([len(put['successful']), [each['errorCode'] for each in failed], found['QueryStatus'], found['QueryResultRows'], names]))
`

test('boto3 puts events by a channel, finds them with a query, and gets refusals by their names', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-lake-'))
  const server = await startServerProcess(dataDir)
  try {
    const { credentials } = server
    const { stdout } = await run('python3', ['-c', program], {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${server.port}`,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    })
    assert.deepEqual(JSON.parse(stdout), [
      5,
      ['InvalidData'],
      'FINISHED',
      [[{ name: 'Opened' }, { n: '5' }]],
      { statement: 'InvalidQueryStatementException', channel: 'InvalidChannelARN' },
    ])
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
