import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sdkFolder } from '../code/code-folders.ts'
import type { RuntimeFamily } from '../domain/runtimes.ts'

/** What runs functions of a family. */
export interface Interpreter {
  /** As people call it. */
  name: string
  command: string
  /** What it reads beside the function's code. */
  files: readonly string[]
  args(memoryMegabytes: number): readonly string[]
  version: string
}

/** Where the programs are that load handlers and call them. */
export const runtimesFolder = fileURLToPath(new URL('../runtimes', import.meta.url))
const programs = { nodejs: join(runtimesFolder, 'nodejs.mjs'), python: join(runtimesFolder, 'python.py') }

const pythonFacts = 'import sys; print(sys.executable); print(sys.version.split()[0])'

/** Interpreters of the machine, each looked for once. */
export class Interpreters {
  #python: Promise<Interpreter | undefined> | undefined

  /** Undefined when the machine has none. `provided` functions bring their own. */
  async find(family: Exclude<RuntimeFamily, 'provided'>): Promise<Interpreter | undefined> {
    if (family === 'nodejs') return nodejs
    this.#python ??= findPython()
    const found = await this.#python
    // It may be installed while the server runs.
    if (!found) this.#python = undefined
    return found
  }
}

const nodejs: Interpreter = {
  name: 'node',
  command: process.execPath,
  files: [programs.nodejs, sdkFolder],
  args: (memoryMegabytes) => [`--max-old-space-size=${memoryMegabytes}`, '--no-warnings', programs.nodejs],
  version: process.versions.node,
}

// The program itself, behind whatever wrapper stands on the path: wrappers are slow to start.
const findPython = (): Promise<Interpreter | undefined> =>
  new Promise((resolve) => {
    execFile('python3', ['-c', pythonFacts], { timeout: 30_000 }, (failure, stdout) => {
      const [command, version] = stdout.trim().split('\n')
      if (failure || !command || !version) resolve(undefined)
      else {
        resolve({
          name: 'python3',
          command,
          files: [programs.python],
          version,
          args: () => ['-s', '-B', programs.python],
        })
      }
    })
  })
