import { runtimeNotSupported, unknownRuntime } from './errors.ts'

/** What runs the code: an interpreter of the machine, or a program that the code brings itself. */
export type RuntimeFamily = 'nodejs' | 'python' | 'provided'

/** The identifiers that functions may be made with. */
export const runtimes = [
  'nodejs20.x',
  'nodejs22.x',
  'nodejs24.x',
  'python3.9',
  'python3.10',
  'python3.11',
  'python3.12',
  'python3.13',
  'python3.14',
  'provided.al2023',
] as const

// What AWS runs and this server does not. Other names are unknown to AWS, too.
const otherLanguages = /^(java\d+|dotnet\d+|ruby\d+\.\d+)$/

/** @throws ServiceError InvalidParameterValueException. */
export function runtimeFamily(runtime: string): RuntimeFamily {
  if (!runtimes.some((known) => known === runtime)) {
    throw otherLanguages.test(runtime) ? runtimeNotSupported(runtime, runtimes) : unknownRuntime(runtime, runtimes)
  }
  if (runtime.startsWith('nodejs')) return 'nodejs'
  return runtime.startsWith('python') ? 'python' : 'provided'
}
