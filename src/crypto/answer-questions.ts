import { parentPort } from 'node:worker_threads'
import type { Asked, Told } from './threads.ts'

/** The other end of `Threads`: what the module of a thread calls to say how it answers. */
export function answerQuestions<Question, Answer>(answer: (question: Question) => Answer): void {
  parentPort?.on('message', ({ id, question }: Asked<Question>) => {
    parentPort?.postMessage(tell(id, () => answer(question)))
  })
}

function tell<Answer>(id: number, answer: () => Answer): Told<Answer> {
  try {
    return { id, answer: answer() }
  } catch (error) {
    return { id, fault: error instanceof Error ? error.message : String(error) }
  }
}
