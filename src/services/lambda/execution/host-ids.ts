import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Numbers of users and groups, from the first one on. */
export interface IdRange {
  first: number
  count: number
}

/** No system hands these out: systemd and the distributions leave them alone. */
const usual: IdRange = { first: 1_900_000_000, count: 50_000_000 }

/** For containers that have 65,536 numbers: above those of people and packages, below systemd's own. */
const inSmallContainers: IdRange = { first: 30_000, count: 30_000 }

const ranges = [usual, inSmallContainers]

/**
 * The first of the ranges above that lies whole within one line of each map.
 * @param maps - contents of `/proc/self/uid_map` and `gid_map`: lines of first number here, first number outside, count.
 */
export const rangeWithin = (maps: readonly string[]): IdRange | undefined =>
  ranges.find(({ first, count }) =>
    maps.every((map) =>
      map.split('\n').some((line) => {
        const [here = 0, , mapped = 0] = line.trim().split(/\s+/).map(Number)
        return here <= first && first + count <= here + mapped
      }),
    ),
  )

/** Where users and groups are numbered otherwise than on Linux, all numbers are there. */
function readMaps(): string[] {
  if (process.platform !== 'linux') return []
  return ['uid_map', 'gid_map'].map((name) => readFileSync(`/proc/self/${name}`, 'utf8'))
}

const taken = new Set<number>()
let usable: IdRange | undefined

/**
 * Takes a number for a user or a group that nothing else has; it needs no entry in any list of users.
 * @returns undefined in a user namespace that has no such numbers.
 */
export function takeHostId(): number | undefined {
  usable ??= rangeWithin(readMaps())
  if (!usable) return undefined
  for (;;) {
    const id = usable.first + randomInt(usable.count)
    if (taken.has(id)) continue
    taken.add(id)
    return id
  }
}

/** Gives a number back. */
export const releaseHostId = (id: number): boolean => taken.delete(id)

/** Returns whether a user or a group can have been numbered by {@link takeHostId}. */
export const isHostId = (id: number): boolean => ranges.some(({ first, count }) => id >= first && id < first + count)

/** Returns whether this process has the rights of root, or could take them back. */
export const isRoot = (): boolean => process.getuid?.() === 0 || process.geteuid?.() === 0
