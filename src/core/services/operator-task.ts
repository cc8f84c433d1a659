import type { Caller } from '../principal.ts'

/** Something that a running server does when an operator asks: `POST /_strongroom/<name>`, signed, with a JSON document. */
export interface OperatorTask {
  /** What a policy must allow: `strongroom:ImportPublicParameters`. */
  action: string
  /** @throws ServiceError - its code and message are the answer to the operator. */
  run(input: unknown, caller: Caller): Promise<object>
}
