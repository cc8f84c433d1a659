import { constants } from 'node:os'

/** Runs a last step when the process is told to end, and ends it then. Disposed of, it does nothing any more. */
export function onInterrupt(lastStep: () => void): Disposable {
  const end = (signal: 'SIGINT' | 'SIGTERM') => {
    lastStep()
    process.exit(128 + constants.signals[signal])
  }
  process.on('SIGINT', end).on('SIGTERM', end)
  return { [Symbol.dispose]: () => void process.off('SIGINT', end).off('SIGTERM', end) }
}
