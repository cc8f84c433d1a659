import type { Members, Schema } from '../protocols/schema.ts'

/** Prints a value as AWS does in validation messages. @param value - never undefined; null where a member is absent. */
export type ShowValue = (value: unknown) => string

/**
 * Compiles a schema into the function that prints its values: `a`, `[a, b]`, `{k=v}`, `[Tag(tagKey=a, tagValue=null)]`.
 * @returns undefined when values must not be printed: sensitive ones, and bytes.
 */
export function compileShowValue(schema: Schema): ShowValue | undefined {
  if (schema.traits.sensitive) return undefined
  switch (schema.kind) {
    case 'blob':
      return undefined
    case 'structure':
      return showStructure(schema)
    case 'list': {
      const show = compileShowValue(schema.value)
      return show && ((value) => `[${(value as unknown[]).map((item) => orNull(show, item)).join(', ')}]`)
    }
    case 'map': {
      const show = compileShowValue(schema.value)
      return show && ((value) => showMap(value as Members, show))
    }
    case 'timestamp':
      return (value) => (value as Date).toISOString()
    default:
      return String
  }
}

// Members are looked at when a value is printed: schemas may contain themselves, values do not.
function showStructure(schema: Schema): ShowValue {
  return (value) => {
    const members: string[] = []
    for (const [name, member] of schema.members) {
      const show = compileShowValue(member)
      members.push(`${lowerFirst(name)}=${show ? orNull(show, (value as Members)[name]) : hidden}`)
    }
    return `${schema.name}(${members.join(', ')})`
  }
}

const hidden = '***Sensitive Data Redacted***'

const showMap = (map: Members, show: ShowValue) =>
  `{${Object.entries(map)
    .map(([key, value]) => `${key}=${orNull(show, value)}`)
    .join(', ')}}`

const orNull = (show: ShowValue, value: unknown) => (value === undefined || value === null ? 'null' : show(value))

/** `keyId` for `KeyId`: how messages name members. */
export const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)
