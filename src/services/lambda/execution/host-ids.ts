import { randomInt } from 'node:crypto'

/** Numbers of users and groups that no system hands out: systemd and the distributions leave them alone. */
const firstHostId = 1_900_000_000
const hostIds = 50_000_000

/** A number for a user or a group that nothing else has; it needs no entry in any list of users. */
export const newHostId = (): number => firstHostId + randomInt(hostIds)
