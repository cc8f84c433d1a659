import type { ResultColumn, ResultRow, SourceTable, SourceView, Statement } from '../sources.ts'
import type { SentSqlError } from '../sql-error.ts'
import type { Analysis, EngineLimits, EqualValues, PartitionQuestion } from './engine.ts'

/** What a query process can be asked, with its answers. */
export interface QueryQuestions {
  /** Opens a query in a folder; another one that was open is closed. */
  open: { question: { folder: string; limits: EngineLimits }; answer: undefined }
  analyse: { question: { statement: Statement }; answer: Analysis }
  equalValues: { question: Omit<PartitionQuestion, 'values'>; answer: EqualValues }
  keepPartitions: { question: PartitionQuestion; answer: number[] }
  showPaths: { question: undefined; answer: undefined }
  defineTable: { question: { table: SourceTable }; answer: number }
  defineView: { question: { view: SourceView }; answer: undefined }
  run: { question: { statement: Statement }; answer: ResultColumn[] }
  rows: { question: undefined; answer: ResultRow[] }
  writeCsv: { question: { path: string }; answer: { rows: number; bytes: number } }
  copy: { question: { statement: Statement; path: string; options: string }; answer: number }
  close: { question: undefined; answer: undefined }
}

export type QuestionKind = keyof QueryQuestions

/** A message to the process. Its questions are answered one after the other. */
export type QueryRequest = {
  [Kind in QuestionKind]: { kind: Kind; question: QueryQuestions[Kind]['question'] }
}[QuestionKind]

/** A message from the process, to the question before it. */
export type QueryResponse =
  | { answer: unknown }
  /** Of the statement. */
  | { error: SentSqlError }
  /** Of the program; the text holds no data. */
  | { fault: string }
  /** The engine is not installed. */
  | { missing: string }
