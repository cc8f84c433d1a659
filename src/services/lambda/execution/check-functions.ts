import type { CheckedMachine, Finding } from '../../../core/services/finding.ts'
import { Confinement, type Protection } from './confinement.ts'
import { FunctionRunners } from './function-runners.ts'

const protections: Record<Protection, Omit<Finding, 'what'>> = {
  users: { verdict: 'ok', words: 'each process under a user of its own, apart from this one' },
  namespaces: { verdict: 'ok', words: 'each process in namespaces of its own, where the data directory is covered' },
  none: {
    verdict: 'note',
    words: 'run as this user and read what it reads: docs/lambda.md says what would keep them from it',
  },
}

/** Finds what runs Lambda functions on a server that is started here, and what keeps them from it. */
export async function checkFunctions({ dataDirectory }: CheckedMachine): Promise<Finding[]> {
  const runners = new FunctionRunners(new Confinement([dataDirectory]))
  const findings: Finding[] = []
  for (const family of ['nodejs', 'python', 'provided'] as const) {
    const what = `${family} functions`
    const runner = await runners.find(family)
    if ('refusal' in runner) findings.push({ verdict: 'note', what, words: `refused: ${runner.refusal}` })
    else {
      const { protection, interpreter } = runner
      const { verdict, words } = protections[protection]
      const on = interpreter ? `on ${interpreter.command} (${interpreter.version}), ` : ''
      findings.push({ verdict, what, words: `${on}${words}` })
    }
  }
  return findings
}
