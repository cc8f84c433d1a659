// Runs JavaScript functions: asks the Lambda Runtime API for events, calls the handler, gives back what it answers.
// Started by Strongroom with the function's environment variables and nothing else; ends when the Runtime API is gone.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { formatWithOptions } from 'node:util'

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const token = process.env.STRONGROOM_RUNTIME_TOKEN
// Neither the function nor what it starts speaks to the Runtime API itself.
delete process.env.STRONGROOM_RUNTIME_TOKEN

const agent = new Agent({ keepAlive: true, maxSockets: 2 })

/** Calls the Runtime API. Ends the process when that fails: the server is gone. */
function call(method, path, headers = {}, body = '') {
  return new Promise((resolve) => {
    const sent = request(
      {
        host,
        port,
        method,
        agent,
        path: `/2018-06-01/runtime/${path}`,
        headers: { ...headers, 'Strongroom-Runtime-Token': token, 'Content-Length': Buffer.byteLength(body) },
      },
      (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }))
        response.on('error', () => process.exit(1))
      },
    )
    sent.on('error', () => process.exit(1))
    sent.end(body)
  })
}

const errorOf = (thrown) =>
  thrown instanceof Error || (thrown && typeof thrown === 'object' && typeof thrown.stack === 'string')
    ? {
        errorType: thrown.name ?? 'Error',
        errorMessage: String(thrown.message ?? ''),
        trace: String(thrown.stack).split('\n'),
      }
    : { errorType: typeof thrown, errorMessage: String(thrown), trace: [] }

const namedError = (name, message) => Object.assign(new Error(message), { name })

/** Of the invocation that is running; undefined between two. */
let current

// Lines as Lambda writes them: time, request id, level, text. A line feed inside is a carriage return in the log.
const levels = { debug: 'DEBUG', error: 'ERROR', info: 'INFO', log: 'INFO', trace: 'TRACE', warn: 'WARN' }
function logLine(level, text) {
  const line = `${new Date().toISOString()}\t${current?.id ?? 'undefined'}\t${level}\t${text}`
  process.stdout.write(`${line.replaceAll('\n', '\r')}\n`)
}
for (const [method, level] of Object.entries(levels)) {
  console[method] = (...values) => logLine(level, formatWithOptions({ depth: 4 }, ...values))
}

const logError = (title, error) =>
  logLine(
    'ERROR',
    `${title} \t${JSON.stringify({ errorType: error.errorType, errorMessage: error.errorMessage, stack: error.trace })}`,
  )

async function report(path, error) {
  await call('POST', path, { 'Lambda-Runtime-Function-Error-Type': error.errorType }, JSON.stringify(error))
}

/** The running invocation's end, once: by whatever settles it first. */
async function finish(outcome) {
  const invocation = current
  if (!invocation || invocation.finished) return
  invocation.finished = true
  if ('error' in outcome) {
    const error = errorOf(outcome.error)
    logError('Invoke Error', error)
    await report(`invocation/${invocation.id}/error`, error)
  } else {
    let text
    try {
      text = JSON.stringify(outcome.result === undefined ? null : outcome.result) ?? 'null'
    } catch (thrown) {
      const error = errorOf(namedError('Runtime.MarshalError', `Unable to stringify response body: ${thrown.message}`))
      await report(`invocation/${invocation.id}/error`, error)
      invocation.next()
      return
    }
    await call('POST', `invocation/${invocation.id}/response`, {}, text)
  }
  invocation.next()
}

async function crash(thrown, errorType, exitCode) {
  const error = errorType ? { ...errorOf(thrown), errorType, ...rejectionText(thrown) } : errorOf(thrown)
  logError('Uncaught Exception', error)
  if (current && !current.finished) {
    current.finished = true
    await report(`invocation/${current.id}/error`, error)
  }
  process.exit(exitCode)
}
const rejectionText = (thrown) => ({ errorMessage: thrown instanceof Error ? String(thrown) : String(thrown) })

process.on('uncaughtException', (thrown) => crash(thrown, undefined, 129))
process.on('unhandledRejection', (thrown) => crash(thrown, 'Runtime.UnhandledPromiseRejection', 128))

const neverSettled =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was ' +
  'never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes'

// Nothing is left to wait for: what a callback gave is the answer; a handler that never calls back answers null; a promise
// can never settle any more.
process.on('beforeExit', () => {
  if (!current || current.finished) return
  if (current.promised) finish({ error: namedError('Runtime.NodeJsExit', neverSettled) })
  else finish(current.outcome ?? { result: null })
})

function contextOf({ headers }) {
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms'])
  const json = (text) => (text ? JSON.parse(text) : undefined)
  const settle = (error, result) => callback(error, result)
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    clientContext: json(headers['lambda-runtime-client-context']),
    identity: json(headers['lambda-runtime-cognito-identity']),
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    done: settle,
    succeed: (result) => settle(undefined, result),
    fail: (error) => settle(error ?? 'handled'),
  }
}

/** What handlers that do not return a promise answer with. */
function callback(error, result) {
  if (!current || current.finished || current.outcome) return
  current.outcome = error ? { error } : { result }
  if (!current.context.callbackWaitsForEmptyEventLoop) finish(current.outcome)
}

async function loadHandler() {
  const name = process.env._HANDLER ?? ''
  const root = process.env.LAMBDA_TASK_ROOT
  const [, file, path] = /^([^.]*)\.(.+)$/.exec(basename(name)) ?? []
  if (!file || name.includes('..')) throw namedError('Runtime.MalformedHandlerName', 'Bad handler')
  const base = join(root, dirname(name), file)
  const found = ['', '.js', '.mjs', '.cjs'].map((extension) => base + extension).find((candidate) => isFile(candidate))
  if (!found) {
    const missing = `Error: Cannot find module '${file}'\nRequire stack:\n- ${root}`
    throw namedError('Runtime.ImportModuleError', missing)
  }
  let loaded
  try {
    loaded = await import(pathToFileURL(found))
  } catch (thrown) {
    if (thrown instanceof SyntaxError) {
      throw Object.assign(namedError('Runtime.UserCodeSyntaxError', String(thrown)), { stack: thrown.stack })
    }
    const code = thrown?.code
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') {
      throw Object.assign(namedError('Runtime.ImportModuleError', String(thrown)), { stack: thrown.stack })
    }
    throw thrown
  }
  const parts = path.split('.')
  const handler = [loaded, loaded.default]
    .map((scope) => parts.reduce((value, part) => value?.[part], scope))
    .find(Boolean)
  if (!handler) throw namedError('Runtime.HandlerNotFound', `${name} is undefined or not exported`)
  if (typeof handler !== 'function') throw namedError('Runtime.HandlerNotFound', `${name} is not a function`)
  return handler
}

const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

async function run(handler, { headers, body }) {
  const settled = new Promise((next) => {
    current = { id: headers['lambda-runtime-aws-request-id'], context: contextOf({ headers }), finished: false, next }
  })
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'] ?? ''
  try {
    const result = handler(JSON.parse(body), current.context, callback)
    if (typeof result?.then === 'function') {
      current.promised = true
      result.then(
        (value) => finish({ result: value }),
        (error) => finish({ error }),
      )
    }
    // What a handler returns other than a promise is ignored, as on AWS: its callback decides.
  } catch (error) {
    finish({ error })
  }
  await settled
  current = undefined
}

let handler
try {
  handler = await loadHandler()
} catch (thrown) {
  const error = errorOf(thrown)
  logError('Uncaught Exception', error)
  await report('init/error', error)
  process.exit(1)
}
for (;;) await run(handler, await call('GET', 'invocation/next'))
