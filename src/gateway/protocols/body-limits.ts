import { serializationException } from './json-decoder.ts'

// More than any request of a service model has. Bodies are read before their signature is verified, so that what these let pass
// is what a stranger can make the server do.
export const deepestNesting = 64
export const mostValues = 10_000

export const tooDeep = () =>
  serializationException(`The request is nested too deeply: it may have ${deepestNesting} levels.`)
export const tooMuch = (most: number) => serializationException(`The request has too many values: it may have ${most}.`)
