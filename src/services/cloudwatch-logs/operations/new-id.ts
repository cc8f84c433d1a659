import { randomBytes } from 'node:crypto'

/** Makes an id that is unique among all that there ever are. */
export const newId = (): string => randomBytes(12).toString('hex')
