import type { CommandLine } from '../core/services/service-command.ts'
import { partsOf } from './parts.ts'
import { progressLine } from './progress.ts'
import { askTask, type ServerOptions } from './server-client.ts'
import { UserError } from './user-error.ts'

/** Makes the functions that a command of a service gets. */
export const commandLineFor = (server: ServerOptions): CommandLine => ({
  askTask: (name, request) => askTask(name, request, server),
  async sendInParts(entries, send) {
    const line = progressLine('importing')
    let sent = 0
    try {
      for (const part of partsOf(entries)) {
        await send(part)
        sent += part.length
        line.show(sent, entries.length)
      }
    } finally {
      line.end()
    }
  },
  refusal: (message) => new UserError(message),
})
