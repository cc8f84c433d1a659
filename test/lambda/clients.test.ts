import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { type Strongroom, startStrongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { aws, clientEnvironment, missing, run } from '../fixtures/foreign.ts'
import { functionRole, functionsOn, trustOfLambda } from '../fixtures/functions.ts'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'
import { zipOf } from '../fixtures/zip.ts'

let server: Strongroom
let folder: string
let postgres: PostgresFixture | string
before(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'strongroom-lambda-test-'))
  postgres = await startPostgres()
})
after(async () => {
  await server.stop()
  if (typeof postgres !== 'string') await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('the AWS CLI creates, publishes, invokes and deletes a function', {
  skip: missing('aws', '--version'),
}, async () => {
  const role = await functionRole(server, 'cli')
  const zip = join(folder, 'function.zip')
  const out = join(folder, 'out.json')
  writeFileSync(zip, await zipOf({ 'index.mjs': 'export const handler = async ({ name }) => "hello " + name' }))
  const named = ['--function-name', 'greeter']
  const code = ['--runtime', 'nodejs22.x', '--handler', 'index.handler', '--zip-file', `fileb://${zip}`]
  const created = await aws(server, ['lambda', 'create-function', ...named, '--role', role, ...code])
  assert.equal(created.State, 'Pending')
  await aws(server, ['lambda', 'wait', 'function-active-v2', ...named])
  const { Version } = await aws(server, ['lambda', 'publish-version', ...named])
  await aws(server, ['lambda', 'create-alias', ...named, '--name', 'live', '--function-version', Version])
  const event = join(folder, 'event.json')
  writeFileSync(event, '{"name":"Ada"}')
  const payload = ['--payload', `fileb://${event}`]
  const invoked = await aws(server, ['lambda', 'invoke', ...named, '--qualifier', 'live', ...payload, out])
  assert.deepEqual([invoked.StatusCode, invoked.ExecutedVersion], [200, '1'])
  assert.equal(readFileSync(out, 'utf8'), '"hello Ada"')
  const resource = ['--resource', created.FunctionArn]
  await aws(server, ['lambda', 'tag-resource', ...resource, '--tags', 'team=blue'])
  assert.deepEqual((await aws(server, ['lambda', 'list-tags', ...resource])).Tags, { team: 'blue' })
  await aws(server, ['lambda', 'delete-function', ...named])
  assert.deepEqual((await aws(server, ['lambda', 'list-functions'])).Functions, [])
})

test('boto3 creates and invokes a Python function and reads its error', {
  skip: missing('python3', '-c', 'import boto3'),
}, async () => {
  const role = await functionRole(server, 'boto3')
  const program = `
import boto3, io, json, zipfile
client = boto3.client("lambda")
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as z:
    z.writestr("app.py", "def handler(event, context):\\n    return 10 / event['n']\\n")
made = client.create_function(FunctionName="divide", Runtime="python3.12", Role="${role}", Handler="app.handler",
    Code={"ZipFile": archive.getvalue()}, Environment={"Variables": {"NAME": "value"}})
client.get_waiter("function_active_v2").wait(FunctionName=made["FunctionArn"])
good = client.invoke(FunctionName=made["FunctionArn"], Payload=json.dumps({"n": 4}))
bad = client.invoke(FunctionName="divide", Payload=json.dumps({"n": 0}))
try:
    client.get_function(FunctionName="absent")
except client.exceptions.ResourceNotFoundException as error:
    missing = error.response["Error"]["Message"]
print(json.dumps([json.load(good["Payload"]), bad["FunctionError"], json.load(bad["Payload"])["errorType"], missing]))
`
  const { status, stdout, stderr } = await run(
    'python3',
    ['-c', program],
    clientEnvironment(server, server.credentials),
  )
  assert.equal(status, 0, stderr)
  assert.deepEqual(JSON.parse(stdout), [
    2.5,
    'Unhandled',
    'ZeroDivisionError',
    'Function not found: arn:aws:lambda:us-east-1:000000000000:function:absent',
  ])
})

test('a function that brings its own runtime speaks the Runtime API', {
  skip: missing('curl', '--version'),
}, async () => {
  const functions = functionsOn(server, await functionRole(server, 'own-runtime'))
  const bootstrap = `#!/bin/sh
    while true; do
      next=$(curl -sS -D "$TMPDIR/headers" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next")
      id=$(tr -d '\\r' < "$TMPDIR/headers" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
      curl -sS -d "[$next, \\"$_HANDLER\\"]" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"
    done`
  const Code = { ZipFile: await zipOf({ bootstrap }, { bootstrap: 0o100755 }) }
  await functions.create('own', {}, { Runtime: 'provided.al2023', Handler: 'any.thing', Code })
  assert.deepEqual((await functions.invoke('own', { a: 1 })).result, [{ a: 1 }, 'any.thing'])
  assert.deepEqual((await functions.invoke('own', 2)).result, [2, 'any.thing'])
})

test('over TLS functions reach the server, whose certificate they are given', {
  skip: missing('openssl', 'version'),
}, async () => {
  const keyFile = join(folder, 'key.pem')
  const certFile = join(folder, 'cert.pem')
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyFile, '-out', certFile]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...made, ...subject], { stdio: 'ignore' })
  const secure = await startTestServer({ tls: { keyFile, certFile } })
  const httpsAgent = new Agent({ ca: readFileSync(certFile) })
  const { endpoint, region, credentials } = secure
  const config = { endpoint, region, credentials, maxAttempts: 1, requestHandler: { httpsAgent } }
  try {
    const iam = new IAMClient(config)
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'f', AssumeRolePolicyDocument: trustOfLambda }))
    const lambda = new LambdaClient(config)
    const code = `import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
      export const handler = async () => (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Arn`
    const Code = { ZipFile: await zipOf({ 'index.mjs': code }) }
    const request = {
      FunctionName: 'over-tls',
      Runtime: 'nodejs22.x' as const,
      Handler: 'index.handler',
      Role: Role?.Arn,
      Code,
    }
    await lambda.send(new CreateFunctionCommand(request))
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'over-tls' }))
    assert.equal(Buffer.from(Payload ?? []).toString(), '"arn:aws:sts::000000000000:assumed-role/f/over-tls"')
  } finally {
    httpsAgent.destroy()
    await secure.stop()
  }
})

test('a server on PostgreSQL keeps functions over a restart', async (t) => {
  if (typeof postgres === 'string') return t.skip(postgres)
  const databaseUrl = await postgres.newDatabase()
  const options = { dev: true, port: 0, databaseUrl, dataDir: join(folder, 'data'), logLevel: 'error' } as const
  const first = await startStrongroom(options)
  const role = await functionRole(first, 'kept')
  // Beyond one part of the code store.
  const padding = Array.from({ length: 200_000 }, (_, n) => (n * 2654435761) % 4294967296).join('')
  await functionsOn(first, role).create('kept', {
    'index.mjs':
      'import { readFileSync } from "node:fs"; export const handler = async () => readFileSync(process.env.LAMBDA_TASK_ROOT + "/padding").length',
    padding,
  })
  await first.stop()
  const second = await startStrongroom(options)
  try {
    assert.equal((await functionsOn(second, role).invoke('kept')).result, padding.length)
  } finally {
    await second.stop()
  }
})
