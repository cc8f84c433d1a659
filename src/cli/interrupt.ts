import { constants } from 'node:os'

/** Runs a last step on SIGINT or SIGTERM, then ends the process. Disposed of, it does nothing any more. */
export function onInterrupt(lastStep: () => void): Disposable {
  const end = (signal: 'SIGINT' | 'SIGTERM') => {
    lastStep()
    process.exit(128 + constants.signals[signal])
  }
  process.on('SIGINT', end).on('SIGTERM', end)
  return { [Symbol.dispose]: () => void process.off('SIGINT', end).off('SIGTERM', end) }
}
