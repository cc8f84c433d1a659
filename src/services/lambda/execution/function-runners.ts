import type { RuntimeFamily } from '../domain/runtimes.ts'
import { type Confinement, type Protection, type Refusal, runAsOtherUser } from './confinement.ts'
import { candidatesFor, type InterpretedFamily, type Interpreter, interpreterOf, kinds } from './interpreters.ts'

/** How functions of a family run on this machine. */
export interface Runner {
  protection: Protection
  /** Absent for functions that bring their own runtime. */
  interpreter?: Interpreter
}

/** Finds, once for each family, what runs its functions, and under which protection. */
export class FunctionRunners {
  readonly #confinement: Confinement
  readonly #candidates: typeof candidatesFor
  readonly #found = new Map<RuntimeFamily, Promise<Runner | Refusal>>()

  /** @param candidates - programs that may be interpreters of a family; by default those of the machine. */
  constructor(confinement: Confinement, candidates = candidatesFor) {
    this.#confinement = confinement
    this.#candidates = candidates
  }

  /** Every interpreter is tried as functions run; a refusal is not kept, because what is missing may be installed meanwhile. */
  find(family: RuntimeFamily): Promise<Runner | Refusal> {
    const known = this.#found.get(family)
    if (known) return known
    const found = this.#find(family).then((runner) => {
      if ('refusal' in runner) this.#found.delete(family)
      return runner
    })
    found.catch(() => this.#found.delete(family))
    this.#found.set(family, found)
    return found
  }

  async #find(family: RuntimeFamily): Promise<Runner | Refusal> {
    const protection = await this.#confinement.protection()
    if (typeof protection !== 'string') return protection
    return family === 'provided' ? { protection } : this.#findInterpreter(family, protection)
  }

  async #findInterpreter(family: InterpretedFamily, protection: Protection): Promise<Runner | Refusal> {
    const { name, oldest, files } = kinds[family]
    const closed = (await this.#confinement.tryOut(protection, readableScript(files))).stdout.trim()
    if (closed !== '') {
      const refusal = `functions cannot read ${closed} of this installation: install Strongroom where every user can read it${orOtherUser(protection)}.`
      return { refusal }
    }
    const tried = this.#candidates(family)
    for (const program of tried) {
      const { stdout } = await this.#confinement.tryOut(protection, [program, ...kinds[family].facts], trialVariables())
      const interpreter = interpreterOf(family, stdout)
      if (interpreter) return { protection, interpreter }
    }
    const wanted = `${name} ${oldest} or newer`
    const refusal =
      tried.length === 0
        ? `they need a ${wanted} on the machine that Strongroom runs on, and there is none: install it, or put it on the PATH of the server.`
        : `they need a ${wanted} that ${protection === 'users' ? 'users other than root' : 'functions'} can run, and ${tried.join(', ')} ${tried.length === 1 ? 'is' : 'are'} none: install it for all users, put it on the PATH of the server${orOtherUser(protection)}.`
    return { refusal }
  }
}

const orOtherUser = (protection: Protection) => (protection === 'users' ? `, ${runAsOtherUser}` : '')

/** What wrappers of interpreters go by; nothing else of the server's variables, which may hold secrets. */
const trialVariables = () => ({ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/' })

/** Prints the first file that cannot be read. */
const readableScript = (files: readonly string[]) => [
  '/bin/sh',
  '-c',
  'for file; do [ -r "$file" ] || { echo "$file"; exit; }; done',
  'sh',
  ...files,
]
