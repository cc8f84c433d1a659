import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DeleteFunctionCommand, GetFunctionCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import type { Strongroom } from '../../src/server/server.ts'
import { boto3Variables } from '../fixtures/boto3.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { missing } from '../fixtures/foreign.ts'
import { functionRole, functionsOn, isRunning } from '../fixtures/functions.ts'

let server: Strongroom
let functions: ReturnType<typeof functionsOn>
before(async () => {
  server = await startTestServer()
  functions = functionsOn(server, await functionRole(server, 'function-role'))
})
after(() => server.stop())

const withoutPython = missing('python3', '--version')
const withoutBoto3 = missing('python3', '-c', 'import boto3')

type Files = Readonly<Record<string, string>>

test('a Node.js function answers with what its promise gives, and is warm the second time', async () => {
  const made = await functions.create('promise', {
    'index.mjs': `let calls = 0
      export const handler = async (event, context) => {
        console.log('called with', event)
        return { event, calls: ++calls, left: context.getRemainingTimeInMillis(), id: context.awsRequestId, name: context.functionName }
      }`,
  })
  assert.equal(made.State, 'Pending')
  assert.equal(made.FunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:promise')
  const { Configuration } = await functions.lambda.send(new GetFunctionCommand({ FunctionName: 'promise' }))
  assert.deepEqual([Configuration?.State, Configuration?.LastUpdateStatus], ['Active', 'Successful'])
  const first = await functions.invokeForObject('promise', { a: 1 })
  assert.deepEqual([first.StatusCode, first.FunctionError, first.ExecutedVersion], [200, undefined, '$LATEST'])
  assert.deepEqual(first.result.event, { a: 1 })
  assert.ok(Number(first.result.left) > 2000 && Number(first.result.left) <= 3000)
  const id = first.$metadata.requestId
  assert.equal(first.result.id, id)
  assert.match(first.log, /^INIT_START Runtime Version: nodejs22\.x/)
  assert.ok(first.log.includes(`START RequestId: ${id} Version: $LATEST\n`))
  assert.match(first.log, new RegExp(`\\t${id}\\tINFO\\tcalled with \\{ a: 1 \\}\\n`))
  assert.match(first.log, new RegExp(`END RequestId: ${id}\\nREPORT RequestId: ${id}\\tDuration: [\\d.]+ ms\\t`))
  assert.match(first.log, /\tInit Duration: [\d.]+ ms\t\n$/)
  const second = await functions.invokeForObject('promise')
  assert.equal(second.result.calls, 2)
  assert.doesNotMatch(second.log, /INIT_START|Init Duration/)
})

test('Node.js functions may be CommonJS, in folders, and call back', async () => {
  await functions.create(
    'callback',
    {
      'src/app.js': `exports.nested = { handler: (event, context, callback) => setTimeout(() => callback(null, event.n + 1), 5) }`,
    },
    { Handler: 'src/app.nested.handler' },
  )
  assert.equal((await functions.invokeForObject('callback', { n: 1 })).result, 2)
  await functions.create('silent', { 'index.cjs': 'exports.handler = () => {}' })
  assert.equal((await functions.invokeForObject('silent')).result, null)
  await functions.create('hanging', { 'index.mjs': 'export const handler = () => new Promise(() => {})' })
  for (let time = 0; time < 2; time++) {
    const { result, FunctionError } = await functions.invokeForObject('hanging')
    assert.deepEqual([FunctionError, result.errorType], ['Unhandled', 'Runtime.NodeJsExit'])
  }
})

test('what a Node.js function throws is reported as Lambda does', async () => {
  await functions.create('throws', {
    'index.mjs': `export const handler = async ({ how }) => {
      if (how === 'error') throw new RangeError('out of reach')
      if (how === 'text') throw 'plain text'
      if (how === 'exit') process.exit(3)
      if (how === 'later') { setTimeout(() => { throw new TypeError('too late') }, 1); await new Promise(() => {}) }
      return 'fine'
    }`,
  })
  const error = await functions.invokeForObject('throws', { how: 'error' })
  assert.deepEqual([error.StatusCode, error.FunctionError], [200, 'Unhandled'])
  assert.deepEqual([error.result.errorType, error.result.errorMessage], ['RangeError', 'out of reach'])
  assert.match(String((error.result.trace as string[])[0]), /^RangeError: out of reach/)
  assert.match(error.log, /\tERROR\tInvoke Error \t\{"errorType":"RangeError"/)
  assert.deepEqual((await functions.invokeForObject('throws', { how: 'text' })).result, {
    errorType: 'string',
    errorMessage: 'plain text',
    trace: [],
  })
  const exit = await functions.invokeForObject('throws', { how: 'exit' })
  assert.deepEqual(exit.result, {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${exit.$metadata.requestId} Error: Runtime exited with error: exit status 3`,
  })
  assert.equal((await functions.invokeForObject('throws', { how: 'later' })).result.errorType, 'TypeError')
  assert.equal((await functions.invokeForObject('throws', { how: 'nothing' })).result, 'fine')
})

test('a handler that cannot be loaded fails every invocation with the reason', async () => {
  const cases: [name: string, files: Files, handler: string, type: string, message: RegExp][] = [
    ['no-file', { 'other.mjs': '' }, 'index.handler', 'Runtime.ImportModuleError', /Cannot find module 'index'/],
    [
      'no-export',
      { 'index.mjs': 'export const a = 1' },
      'index.handler',
      'Runtime.HandlerNotFound',
      /index\.handler is undefined or not exported/,
    ],
    ['no-syntax', { 'index.mjs': 'export const (' }, 'index.handler', 'Runtime.UserCodeSyntaxError', /SyntaxError/],
    ['no-luck', { 'index.mjs': 'throw new Error("at load")' }, 'index.handler', 'Error', /at load/],
  ]
  for (const [name, files, Handler, type, message] of cases) {
    await functions.create(name, files, { Handler })
    const { FunctionError, result } = await functions.invokeForObject(name)
    assert.equal(FunctionError, 'Unhandled', name)
    assert.equal(result.errorType, type, name)
    assert.match(String(result.errorMessage), message, name)
  }
})

test('a function that takes too long is killed with all that it started', async () => {
  await functions.create(
    'slow',
    {
      'index.mjs': `import { spawn } from 'node:child_process'
        export const handler = async () => {
          const child = spawn('sleep', ['600'], { stdio: 'ignore' })
          console.log('started ' + child.pid)
          for (;;);
        }`,
    },
    { Timeout: 1 },
  )
  const { result, log, FunctionError, $metadata } = await functions.invokeForObject('slow')
  assert.equal(FunctionError, 'Unhandled')
  assert.deepEqual(result, {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${$metadata.requestId} Error: Task timed out after 1.00 seconds`,
  })
  assert.match(log, /Task timed out after 1\.00 seconds/)
  const pid = Number(/started (\d+)/.exec(log)?.[1])
  assert.ok(pid > 0)
  assert.equal(isRunning(pid), false)
})

test('a Python function answers, logs and fails as on Lambda', { skip: withoutPython }, async () => {
  await functions.create('snake', {
    'index.py': [
      'import logging',
      'calls = 0',
      'def handler(event, context):',
      '    global calls',
      '    calls += 1',
      '    print("printed", event)',
      '    logging.getLogger().warning("careful")',
      '    if event.get("fail"): raise ValueError("no such thing")',
      '    if event.get("exit"): raise SystemExit(4)',
      '    if event.get("odd"): return {1, 2}',
      '    return {"calls": calls, "id": context.aws_request_id, "arn": context.invoked_function_arn}',
    ].join('\n'),
  })
  const first = await functions.invokeForObject('snake', { a: [1, null, true] })
  const id = first.$metadata.requestId
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:snake'
  assert.deepEqual(first.result, { calls: 1, id, arn })
  assert.match(first.log, /printed \{'a': \[1, None, True\]\}\n/)
  assert.match(first.log, new RegExp(`\\[WARNING\\]\\t[0-9T:.-]+Z\\t${id}\\tcareful\\n`))
  const failed = await functions.invokeForObject('snake', { fail: true })
  assert.equal(failed.FunctionError, 'Unhandled')
  const { stackTrace, ...error } = failed.result
  assert.deepEqual(error, {
    errorType: 'ValueError',
    errorMessage: 'no such thing',
    requestId: failed.$metadata.requestId,
  })
  assert.match(String(stackTrace), /index\.py", line 8, in handler\n/)
  assert.equal((await functions.invokeForObject('snake', { odd: true })).result.errorType, 'Runtime.MarshalError')
  assert.match(String((await functions.invokeForObject('snake', { exit: true })).result.errorMessage), /exit status 4$/)
  assert.equal((await functions.invokeForObject('snake')).result.calls, 1)
})

test('Python handlers that cannot be loaded fail as on Lambda', { skip: withoutPython }, async () => {
  const cases: [name: string, code: string, handler: string, type: string, message: RegExp][] = [
    [
      'py-import',
      'import nothing_like_this',
      'index.handler',
      'Runtime.ImportModuleError',
      /^Unable to import module 'index': No module named 'nothing_like_this'$/,
    ],
    [
      'py-missing',
      'a = 1',
      'index.handler',
      'Runtime.HandlerNotFound',
      /^Handler 'handler' missing on module 'index'$/,
    ],
    ['py-syntax', 'def (', 'index.handler', 'Runtime.UserCodeSyntaxError', /^Syntax error in module 'index'/],
    ['py-bad', 'a = 1', 'handler', 'Runtime.MalformedHandlerName', /^Bad handler 'handler'/],
  ]
  for (const [name, code, Handler, type, message] of cases) {
    await functions.create(name, { 'index.py': code }, { Handler })
    const { result } = await functions.invokeForObject(name)
    assert.equal(result.errorType, type, name)
    assert.match(String(result.errorMessage), message, name)
  }
})

test('boto3 in a function is the role that the function has', { skip: withoutBoto3 }, async () => {
  await functions.create(
    'identity',
    {
      'index.py': `import boto3
def handler(event, context):
    return boto3.client("sts").get_caller_identity()["Arn"]`,
    },
    { Timeout: 20, Environment: { Variables: boto3Variables() } },
  )
  const { result } = await functions.invokeForObject('identity')
  assert.equal(result, 'arn:aws:sts::000000000000:assumed-role/function-role/identity')
})

test('variables reach the function, and nothing of the server does', async () => {
  process.env.SERVER_ONLY = 'not for functions'
  const variables = { GREETING: 'hello', EMPTY: '' }
  await functions.create(
    'variables',
    { 'index.mjs': 'export const handler = async () => ({ ...process.env })' },
    { Environment: { Variables: variables } },
  )
  const { Configuration } = await functions.lambda.send(new GetFunctionCommand({ FunctionName: 'variables' }))
  assert.deepEqual(Configuration?.Environment, { Variables: variables })
  const { result } = await functions.invokeForObject('variables')
  assert.equal(result.GREETING, 'hello')
  assert.equal(result.AWS_ENDPOINT_URL, server.endpoint)
  assert.equal(result.AWS_LAMBDA_FUNCTION_NAME, 'variables')
  assert.equal(result.SERVER_ONLY, undefined)
  assert.equal(result.STRONGROOM_RUNTIME_TOKEN, undefined)
  const Environment = { Variables: { GREETING: 'goodbye' } }
  await functions.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'variables', Environment }))
  assert.equal((await functions.invokeForObject('variables')).result.GREETING, 'goodbye')
})

test('a function has neither the server’s files nor its Runtime API', async () => {
  await functions.create('curious', {
    'index.mjs': `import { readdirSync, readlinkSync } from 'node:fs'
      export const handler = async () => {
        const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/next'
        const { status } = await fetch(api)
        const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd') : []
        const files = descriptors.map((fd) => { try { return readlinkSync('/proc/self/fd/' + fd) } catch { return '' } })
        return { status, files, cwd: process.cwd(), root: process.env.LAMBDA_TASK_ROOT, home: process.env.HOME }
      }`,
  })
  const { status, files, cwd, root, home } = (await functions.invokeForObject('curious')).result
  assert.equal(status, 403)
  assert.deepEqual(
    (files as string[]).filter((file) => file.startsWith('/') && !/^\/(dev|proc)\//.test(file)),
    [],
  )
  assert.equal(cwd, root)
  assert.match(String(home), /strongroom-lambda-\d+-[^/]+\/homes\//)
})

test('a function that was deleted is gone', async () => {
  await functions.create('short-lived', { 'index.mjs': 'export const handler = async () => 1' })
  assert.equal((await functions.invokeForObject('short-lived')).result, 1)
  const { StatusCode } = await functions.lambda.send(new DeleteFunctionCommand({ FunctionName: 'short-lived' }))
  assert.equal(StatusCode, 204)
  await assert.rejects(functions.invoke('short-lived'), {
    name: 'ResourceNotFoundException',
    message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:short-lived',
  })
})
