import type { Operation } from '../core/operation.ts'
import type { ServiceDefinition } from '../core/services/service-definition.ts'

type Handle = (context: unknown, input: unknown) => Promise<unknown>

/** What tests let happen in the middle of calls: between the decision that a call is allowed and its handler. */
export class Hooks {
  readonly #once = new Map<string, (context: unknown) => unknown>()

  /** Lets something happen once, before the handler of the next call of an operation. The work may change the handler's context. */
  readonly before = <Context>(service: string, operation: string, work: (context: Context) => unknown): void => {
    this.#once.set(`${service}:${operation}`, work as (context: unknown) => unknown)
  }

  /** Returns the definition, with its handlers behind the hooks. */
  into(definition: ServiceDefinition): ServiceDefinition {
    const hooked = Object.entries(definition.operations).map(([name, operation]) => {
      const handle = operation.handle as Handle
      const behind: Handle = async (context, input) => {
        const work = this.#once.get(`${definition.name}:${name}`)
        this.#once.delete(`${definition.name}:${name}`)
        await work?.(context)
        return handle(context, input)
      }
      return [name, { ...operation, handle: behind } as unknown as Operation<unknown, never, unknown>] as const
    })
    return { ...definition, operations: Object.fromEntries(hooked) }
  }
}
