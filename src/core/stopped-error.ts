/** Thrown when work is not done, or not to its end, because the server was stopped. The message says how far it came. */
export class StoppedError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StoppedError'
  }
}
