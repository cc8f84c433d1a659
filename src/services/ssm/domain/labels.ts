import { tooManyLabels } from './errors.ts'
import { labelsOf, type StoredParameter } from './parameter.ts'
import { quotas } from './quotas.ts'

type Labels = StoredParameter['labels']

/** Letters, digits and `.-_`; never first a digit, `aws` or `ssm`. */
const isLabel = (text: string) => /^[a-zA-Z0-9_.-]+$/.test(text) && !/^(\d|aws|ssm)/i.test(text)

/** The version that has a label; undefined when none has. */
export const versionOfLabel = ({ labels }: Pick<StoredParameter, 'labels'>, label: string): number | undefined =>
  Object.hasOwn(labels, label) ? labels[label] : undefined

/**
 * Attaches labels to a version; those on other versions move.
 * @returns all labels, and those whose form is wrong.
 * @throws ServiceError ParameterVersionLabelLimitExceeded - none was attached.
 */
export function attachLabels(
  parameter: StoredParameter,
  version: number,
  given: readonly string[],
): { labels: Labels; invalid: string[] } {
  const distinct = [...new Set(given)]
  const valid = distinct.filter(isLabel)
  const labels = { ...parameter.labels, ...Object.fromEntries(valid.map((label) => [label, version])) }
  if (labelsOf({ labels }, version).length > quotas.labelsPerVersion) throw tooManyLabels()
  return { labels, invalid: distinct.filter((label) => !isLabel(label)) }
}

/** Takes labels from a version. @returns all labels, those taken, and those that the version did not have. */
export function detachLabels(
  parameter: StoredParameter,
  version: number,
  given: readonly string[],
): { labels: Labels; removed: string[]; invalid: string[] } {
  const distinct = [...new Set(given)]
  const removed = distinct.filter((label) => versionOfLabel(parameter, label) === version)
  const labels = Object.fromEntries(Object.entries(parameter.labels).filter(([label]) => !removed.includes(label)))
  return { labels, removed, invalid: distinct.filter((label) => !removed.includes(label)) }
}
