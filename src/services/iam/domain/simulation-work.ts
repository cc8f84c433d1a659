import { simulationTooLarge } from './errors.ts'
import type { Simulation } from './simulation.ts'

/** What an evaluation takes whatever its policies. */
const leastWork = 10_000
/** Of one evaluation, which nothing interrupts: some tens of milliseconds. A key policy of 32 KB with a value of 16,384. */
const mostOfEvaluation = 2 ** 24
/** Of one page; a second or two, in pieces. */
const mostOfPage = 2 ** 30

/**
 * Returns how many actions of a simulation fit on one page. Work is counted in the operations that matching takes at most: for each
 * character of the policies, one for 32 characters of the longest value that it is compared with.
 * @throws ServiceError InvalidInput - one evaluation, or one action with its resources, is too much already.
 */
export function actionsOnPage(simulation: Simulation, resources: readonly string[]): number {
  const policies = documentsOf(simulation).reduce((sum, document) => sum + document.length, 0)
  const values = Object.values(simulation.context).flat()
  const longest = [...values, ...resources].reduce((most, { length }) => Math.max(most, length), 0)
  const evaluation = leastWork + Math.ceil(policies * (1 + longest / 32))
  if (evaluation > mostOfEvaluation) throw simulationTooLarge('policies or context key values')
  const actions = Math.floor(mostOfPage / (evaluation * resources.length))
  if (actions === 0) throw simulationTooLarge('resources')
  return actions
}

function documentsOf({ policies, resourcePolicy }: Simulation): string[] {
  const { identity, boundary, serviceControl = [] } = policies
  const named = [...identity, ...(boundary ? [boundary] : []), ...serviceControl.flat()]
  return [...named.map(({ document }) => document), ...(resourcePolicy === undefined ? [] : [resourcePolicy])]
}
