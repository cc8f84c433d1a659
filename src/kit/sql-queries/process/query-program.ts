import { rmSync } from 'node:fs'
import { SqlError, sentSqlError } from '../sql-error.ts'
import type { QueryEngine } from './engine.ts'
import type { QueryRequest, QueryResponse } from './messages.ts'

// The program of a query process: it answers the questions of the server that started it, one after the other, and ends with it.

let engine: QueryEngine | undefined
let folder: string | undefined

process.on('message', async (request: QueryRequest) => send(await responseTo(request)))

// The server is gone, perhaps killed: what a query has in its folder is not left behind.
process.on('disconnect', () => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  process.kill(process.pid, 'SIGKILL')
})

function send(response: QueryResponse): void {
  if (process.connected) process.send?.(response)
}

async function responseTo(request: QueryRequest): Promise<QueryResponse> {
  try {
    return { answer: await answerTo(request) }
  } catch (failure) {
    if (failure instanceof SqlError) return { error: sentSqlError(failure) }
    const { code, message } = failure as NodeJS.ErrnoException
    if (isMissing(code)) return { missing: message }
    return { fault: failure instanceof Error ? (failure.stack ?? message) : String(failure) }
  }
}

const isMissing = (code: string | undefined) =>
  code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_DLOPEN_FAILED'

async function answerTo(request: QueryRequest): Promise<unknown> {
  if (request.kind === 'open') {
    engine?.close()
    engine = undefined
    ;({ folder } = request.question)
    const { QueryEngine } = await import('./engine.ts')
    engine = await QueryEngine.open(request.question.folder, request.question.limits)
    return undefined
  }
  if (!engine) throw new Error('no query is open')
  switch (request.kind) {
    case 'analyse':
      return engine.analyse(request.question.statement)
    case 'equalValues':
      return engine.equalValues(request.question)
    case 'keepPartitions':
      return engine.keepPartitions(request.question)
    case 'showPaths':
      return engine.showPaths()
    case 'defineTable':
      return engine.defineTable(request.question.table)
    case 'defineView':
      return engine.defineView(request.question.view)
    case 'run':
      return engine.run(request.question.statement)
    case 'rows':
      return engine.rows()
    case 'writeCsv':
      return engine.writeCsv(request.question.path)
    case 'copy': {
      const { statement, path, options } = request.question
      return engine.copy(statement, path, options)
    }
    case 'close':
      engine.close()
      engine = undefined
      folder = undefined
      return undefined
  }
}
