import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RuntimeFamily } from '../domain/runtimes.ts'

/** What runs functions of a family. */
export interface Interpreter {
  /** As people call it. */
  name: string
  command: string
  version: string
  args(memoryMegabytes: number): readonly string[]
}

/** A family of runtimes whose functions need an interpreter of the machine. */
export type InterpretedFamily = Exclude<RuntimeFamily, 'provided'>

interface Kind {
  name: string
  /** The oldest that will do, as `major.minor`. */
  oldest: string
  /** Arguments with which an interpreter prints the path of its own program, and its version. */
  facts: readonly string[]
  /** What it reads beside the function's code. */
  files: readonly string[]
  args(memoryMegabytes: number): readonly string[]
}

/** Where the programs are that load handlers and call them. */
export const runtimesFolder = fileURLToPath(new URL('../runtimes', import.meta.url))
const programs = { nodejs: join(runtimesFolder, 'nodejs.mjs'), python: join(runtimesFolder, 'python.py') }

// The program itself, behind whatever wrapper stands on the path: wrappers are slow to start.
export const kinds: Readonly<Record<InterpretedFamily, Kind>> = {
  nodejs: {
    name: 'node',
    oldest: '20.0',
    facts: ['-e', 'console.log(process.execPath); console.log(process.versions.node)'],
    files: [programs.nodejs],
    args: (memoryMegabytes) => [`--max-old-space-size=${memoryMegabytes}`, '--no-warnings', programs.nodejs],
  },
  python: {
    name: 'python3',
    oldest: '3.9',
    facts: ['-c', 'import sys; print(sys.executable); print(sys.version.split()[0])'],
    files: [programs.python],
    args: () => ['-s', '-B', programs.python],
  },
}

/** Where systems have the programs that every user may run. */
const systemFolders = ['/usr/local/bin', '/usr/bin', '/bin']

/**
 * The programs of the machine that could run functions of a family, the one to be preferred first: the server's own Node.js,
 * then what stands on the PATH, then what the system has.
 * @param path - folders with `:` between them.
 */
export function candidatesFor(family: InterpretedFamily, path = process.env.PATH ?? ''): string[] {
  const folders = [...path.split(':').filter(isAbsolute), ...systemFolders]
  const found = folders.map((folder) => join(folder, kinds[family].name)).filter((program) => existsSync(program))
  return [...new Set(family === 'nodejs' ? [process.execPath, ...found] : found)]
}

/** The interpreter that printed these facts; undefined when it is none, or too old. */
export function interpreterOf(family: InterpretedFamily, facts: string): Interpreter | undefined {
  const { name, oldest, args } = kinds[family]
  const [command = '', version = ''] = facts.trim().split('\n')
  return isAbsolute(command) && isAtLeast(version, oldest) ? { name, command, version, args } : undefined
}

function isAtLeast(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number)
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
}
