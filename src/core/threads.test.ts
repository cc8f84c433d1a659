import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { OverdueError, Threads } from './threads.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-threads-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Answers a number with its double and the thread's id after some milliseconds; ends at 0, throws at -1, and never answers -2. */
const entry = join(folder, 'thread.ts')
writeFileSync(
  entry,
  `import { threadId } from 'node:worker_threads'
import { answerQuestions } from '${new URL('./answer-questions.ts', import.meta.url)}'
answerQuestions((n: number) => {
  if (n === 0) process.exit()
  if (n === -1) throw new Error('not minus one')
  while (n === -2);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3)
  return { double: n * 2, threadId }
})
`,
)
const threadsOf = (most: number, options?: { deadlineMs?: number }) =>
  new Threads<number, { double: number; threadId: number }>(pathToFileURL(entry), most, options)

test('Threads answer many questions at once, each its own, in no more threads than there may be', async () => {
  const threads = threadsOf(2)
  const questions = Array.from({ length: 30 }, (_, index) => index + 1)
  const answers = await Promise.all(questions.map((question) => threads.ask(question)))
  assert.deepEqual(
    answers.map(({ double }) => double),
    questions.map((question) => question * 2),
  )
  assert.equal(new Set(answers.map(({ threadId }) => threadId)).size, 2)
})

test('Threads start none while one is idle', async () => {
  const threads = threadsOf(4)
  const ids = new Set<number>()
  for (const question of [1, 2, 3]) ids.add((await threads.ask(question)).threadId)
  assert.equal(ids.size, 1)
})

test('Threads report the error that a question made them throw, and go on', async () => {
  const threads = threadsOf(1)
  await assert.rejects(threads.ask(-1), { message: 'not minus one' })
  assert.equal((await threads.ask(4)).double, 8)
})

test('Threads that end reject the answers that are awaited from them, and the next question gets another', async () => {
  const threads = threadsOf(1)
  const waiting = [threads.ask(0), threads.ask(5)]
  for (const each of waiting) await assert.rejects(each, /the thread has ended/)
  assert.equal((await threads.ask(6)).double, 12)
})

test('Threads that do not answer in time are ended, and the next question gets another', async () => {
  // Long enough for a thread to start.
  const threads = threadsOf(1, { deadlineMs: 2000 })
  const { threadId } = await threads.ask(7)
  const waiting = [threads.ask(-2), threads.ask(8)]
  for (const each of waiting) await assert.rejects(each, OverdueError)
  const answer = await threads.ask(9)
  assert.equal(answer.double, 18)
  assert.notEqual(answer.threadId, threadId)
})
