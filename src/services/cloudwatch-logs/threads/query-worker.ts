import { answerQuestions } from '../../../core/answer-questions.ts'
import { runQueryTask } from './query-tasks.ts'

// The thread of one query. Runs as a worker's main module.
answerQuestions(runQueryTask)
