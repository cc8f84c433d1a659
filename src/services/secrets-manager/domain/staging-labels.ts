import { currentNotRemovable, labelNotAttached, nothingToMove, removeFromNeeded, tooManyLabels } from './errors.ts'
import { quotas } from './quotas.ts'

/** Staging label → version id. */
export type Stages = Readonly<Record<string, string>>

export const current = 'AWSCURRENT'
export const previous = 'AWSPREVIOUS'
export const pending = 'AWSPENDING'

/** The labels of a version, sorted. */
export const labelsOf = (stages: Stages, versionId: string): string[] =>
  Object.keys(stages)
    .filter((label) => stages[label] === versionId)
    .sort()

/** Version id → its labels, for the versions that have any. */
export function versionsOf(stages: Stages): Record<string, string[]> {
  const versions: Record<string, string[]> = {}
  for (const label of Object.keys(stages).sort()) {
    const versionId = stages[label]
    if (versionId !== undefined) versions[versionId] = [...(versions[versionId] ?? []), label]
  }
  return versions
}

/**
 * Puts labels on a version. Where AWSCURRENT leaves a version, AWSPREVIOUS comes to it, and AWSPENDING goes if it was there:
 * what was current is not waiting to become it.
 * @throws ServiceError LimitExceededException - more than 20 labels.
 */
export function attachLabels(stages: Stages, labels: readonly string[], versionId: string): Stages {
  const moved: Record<string, string> = { ...stages }
  const left = stages[current]
  for (const label of labels) moved[label] = versionId
  if (labels.includes(current) && left !== undefined && left !== versionId) {
    moved[previous] = left
    if (stages[pending] === left && !labels.includes(pending)) delete moved[pending]
  }
  if (Object.keys(moved).length > quotas.labels) throw tooManyLabels()
  return moved
}

export function detachLabel(stages: Stages, label: string): Stages {
  const { [label]: _, ...rest } = stages
  return rest
}

/**
 * Returns what UpdateSecretVersionStage does. That the versions exist is for the caller to see to.
 * @throws ServiceError InvalidParameterException, LimitExceededException.
 */
export function moveLabel(
  stages: Stages,
  label: string,
  { to, from }: { to: string | undefined; from: string | undefined },
): Stages {
  if (to === undefined && from === undefined) throw nothingToMove()
  const holder = stages[label]
  if (to === undefined && label === current) throw currentNotRemovable()
  if (from !== undefined && from !== holder) throw labelNotAttached(label, from)
  if (to === undefined) return detachLabel(stages, label)
  if (holder !== undefined && holder !== to && from === undefined) throw removeFromNeeded(label, holder)
  return holder === to ? stages : attachLabels(stages, [label], to)
}
