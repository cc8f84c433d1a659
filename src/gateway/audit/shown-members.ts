import type { Schema } from '../protocols/schema.ts'

type Render = (value: unknown) => unknown

/**
 * Compiles a structure's schema into the function that shows its values in a record: members named as CloudTrail names them
 * (first letter lower-case), times as CloudTrail prints them, bytes and everything the schema marks sensitive left out.
 * Values must have been decoded with the same schema, or made for it.
 * @param hidden - further members that are left out; `*` leaves out all.
 * @param masks - members that are shown, sensitive or not, as a text in place of their value; `Entries.MessageBody` is one of the
 *   structures in a list, or of a structure.
 * @param names - members that are shown under another name than their own.
 */
export function compileShownMembers(
  schema: Schema | undefined,
  hidden: readonly string[] = [],
  masks: Readonly<Record<string, string>> = {},
  names: Readonly<Record<string, string>> = {},
): (value: object) => Shown | null {
  const all = hidden.includes('*')
  const outermost = { hidden: new Set(hidden), masks, names }
  const render = all || !schema ? undefined : structure(schema, new Map(), outermost)
  return (value) => {
    const shown = render?.(value) as Shown | undefined
    return shown && Object.keys(shown).length > 0 ? shown : null
  }
}

export type Shown = Record<string, unknown>

/** `keyId` for `KeyId`, `dBInstanceIdentifier` for `DBInstanceIdentifier`: only the first letter changes. */
export const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** `Jul 18, 2023, 4:07:39 PM`, in UTC: how CloudTrail prints times among parameters. */
export function parameterTime(date: Date): string {
  const day = `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`
  const hour = date.getUTCHours()
  const two = (n: number) => String(n).padStart(2, '0')
  const clock = `${hour % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  return `${day}, ${clock} ${hour < 12 ? 'AM' : 'PM'}`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

// Schemas may contain themselves; a structure under compilation is entered before its members are looked at.
type Compiled = Map<string, { render?: Render }>

function compile(schema: Schema, compiled: Compiled): Render | undefined {
  if (schema.traits.sensitive || schema.traits.eventstream || schema.kind === 'blob') return undefined
  if (schema.kind === 'structure') return structure(schema, compiled)
  if (schema.kind === 'list') {
    const item = compile(schema.value, compiled)
    return item === asIs ? asIs : item && ((value) => (value as unknown[]).map(item))
  }
  if (schema.kind === 'map') {
    const item = compile(schema.value, compiled)
    return item && ((value) => mapValues(value as Shown, item))
  }
  if (schema.kind === 'timestamp') return (value) => parameterTime(value as Date)
  return asIs
}

const asIs: Render = (value) => value

interface OutermostRules {
  hidden: ReadonlySet<string>
  masks: Readonly<Record<string, string>>
  names: Readonly<Record<string, string>>
}

function structure(
  schema: Schema,
  compiled: Compiled,
  { hidden, masks, names }: OutermostRules = { hidden: new Set(), masks: {}, names: {} },
): Render | undefined {
  const { name } = schema
  const known = compiled.get(name)
  if (known) return (value) => known.render?.(value)
  const entry: { render?: Render } = {}
  compiled.set(name, entry)
  const members: { name: string; shownAs: string; render: Render }[] = []
  for (const [member, memberSchema] of schema.members) {
    // The status is HTTP's, and no part of what the operation says.
    if (memberSchema.traits.location === 'statusCode') continue
    const mask = masks[member]
    const inside = masksInside(masks, member)
    const compiledMember = () => (inside ? masked(memberSchema, inside) : compile(memberSchema, compiled))
    const render = mask ? () => mask : hidden.has(member) ? undefined : compiledMember()
    if (render) members.push({ name: member, shownAs: names[member] ?? lowerFirst(member), render })
  }
  entry.render = (value) => {
    const shown: Shown = {}
    for (const { name, shownAs, render } of members) {
      const part = (value as Shown)[name]
      if (part !== undefined && part !== null) shown[shownAs] = render(part)
    }
    return shown
  }
  return entry.render
}

/** The masks of what is in a member, by their names there; undefined where there are none. */
function masksInside(masks: OutermostRules['masks'], member: string): OutermostRules['masks'] | undefined {
  const inside = Object.entries(masks).filter(([path]) => path.startsWith(`${member}.`))
  return inside.length === 0
    ? undefined
    : Object.fromEntries(inside.map(([path, mask]) => [path.slice(member.length + 1), mask]))
}

/** Masks hold at one path alone, so that nothing is shared with other uses of the structure. */
function masked(schema: Schema, masks: OutermostRules['masks']): Render | undefined {
  const rules = { hidden: new Set<string>(), masks, names: {} }
  if (schema.kind !== 'list') return structure(schema, new Map(), rules)
  const item = structure(schema.value, new Map(), rules)
  return item && ((value) => (value as unknown[]).map(item))
}

/** A copy also where nothing is rendered: JSON.stringify takes three times as long over a record with an object without a prototype. */
function mapValues(map: Shown, render: Render): Shown {
  const shown: Shown = {}
  for (const key of Object.keys(map)) {
    const value = render(map[key])
    // Keys are the caller's words: assigned, this one would be lost.
    if (key === '__proto__') Object.defineProperty(shown, key, { ...ownMember, value })
    else shown[key] = value
  }
  return shown
}

const ownMember = { enumerable: true, writable: true, configurable: true }
