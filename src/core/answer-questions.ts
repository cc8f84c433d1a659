import { parentPort } from 'node:worker_threads'
import type { ThreadRequest, ThreadResponse } from './threads.ts'

/** Answers the questions that `Threads` sends. The module that runs in a thread calls it once. */
export function answerQuestions<Question, Answer>(answer: (question: Question) => Answer): void {
  parentPort?.on('message', ({ id, question }: ThreadRequest<Question>) => {
    parentPort?.postMessage(respond(id, () => answer(question)))
  })
}

function respond<Answer>(id: number, answer: () => Answer): ThreadResponse<Answer> {
  try {
    return { id, answer: answer() }
  } catch (error) {
    return { id, fault: error instanceof Error ? error.message : String(error) }
  }
}
