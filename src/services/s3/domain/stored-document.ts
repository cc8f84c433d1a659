// Configurations are kept as they came. JSON has no dates: they stand as `{ atMs }`.

/** A configuration as a document holds it. */
export function toStored(value: unknown): unknown {
  if (value instanceof Date) return { atMs: value.getTime() }
  if (Array.isArray(value)) return value.map(toStored)
  return typeof value === 'object' && value !== null ? mapped(value, toStored) : value
}

/** A configuration as an answer shows it. */
export function fromStored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromStored)
  if (typeof value !== 'object' || value === null) return value
  return 'atMs' in value ? new Date(Number(value.atMs)) : mapped(value, fromStored)
}

const mapped = (value: object, change: (value: unknown) => unknown) =>
  Object.fromEntries(Object.entries(value).map(([name, one]) => [name, change(one)]))
