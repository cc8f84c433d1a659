import { answerQuestions } from '../../../core/answer-questions.ts'
import { runLogTask } from './log-tasks.ts'

// A thread that opens blocks of events and looks into them. Runs as a worker's main module.
answerQuestions(runLogTask)
