/** An event on its way to a function. */
export interface FunctionEvent {
  /** UUID: the request id that the function sees. */
  requestId: string
  /** JSON. */
  payload: Buffer
  /** The ARN that was invoked, with its qualifier. */
  invokedArn: string
  /** JSON. */
  clientContext?: string
}

/** How an invocation ended. */
export interface InvocationResult {
  /** The handler's answer, or the error as JSON. */
  payload: Buffer
  failed: boolean
  /** What the function wrote, between the lines that Lambda writes. */
  log: string
  /** The log stream of the environment that ran it. */
  logStream?: string
}

/** The error of an invocation that no handler reported. */
export const sandboxError = (errorType: string, errorMessage: string): Buffer =>
  Buffer.from(JSON.stringify({ errorType, errorMessage }))

/** `Runtime exited with error: exit status 1`, as Lambda words the end of a process. */
export function exitText(exitCode: number | null, signal: string | null): string {
  if (signal) return `Runtime exited with error: signal: ${signal === 'SIGKILL' ? 'killed' : signal.toLowerCase()}`
  return exitCode ? `Runtime exited with error: exit status ${exitCode}` : 'Runtime exited without providing a reason'
}
