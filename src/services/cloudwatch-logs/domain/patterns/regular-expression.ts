import { invalidCharacters, invalidPattern } from './pattern-reader.ts'

// AWS's subset of regular expressions: no groups, no references, ASCII alone. Matched by sets of states, so that every pattern takes
// time in proportion to the text.

/** Characters that an atom accepts: one flag for each of ASCII, and the last for all others. */
type Characters = Uint8Array

const ascii = 128

interface Atom {
  accepts: Characters | '^' | '$'
  least: number
  most: number
}

/** Places of an expression, atoms repeated as often as they may be. */
const mostStates = 2000
/** Sets of places that are remembered. */
const mostSets = 500
/** How much work the expressions of one task do until they give up, in steps from place to place: about a second of it. */
const mostSteps = 10_000_000

let stepsLeft = mostSteps

/** Begins a task: its expressions may do as much work as any task's. */
export function allowSteps(): void {
  stepsLeft = mostSteps
}

/** The text of a StepLimitError, which reaches other threads without its class. */
export const stepLimitMessage = 'the regular expression takes too long'

/** An expression has worked for too long. */
export class StepLimitError extends Error {
  constructor() {
    super(stepLimitMessage)
  }
}

/** Where an atom is in an expression, and where it leads. */
interface State {
  accepts: Characters | '^' | '$'
  /** Places that follow when the atom has matched. */
  next: readonly number[]
}

interface StateSet {
  states: readonly number[]
  /** The match is complete, whatever follows. */
  isMatch: boolean
  /** The match is complete if the text ends here. */
  isMatchAtEnd: boolean
  /** By character: the set that follows, once it was looked for. */
  following: (StateSet | undefined)[]
}

const complete = -1

/**
 * A regular expression of a filter pattern, compiled.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
 */
export class RegularExpression {
  readonly #states: State[] = []
  readonly #starts: readonly number[]
  readonly #sets = new Map<string, StateSet>()

  /** @throws ServiceError InvalidParameterException - it is not one, or goes beyond AWS's subset. */
  constructor(text: string) {
    this.#starts = alternativesOf(text).flatMap((alternative) => this.#add(readAtoms(alternative)))
  }

  /** Returns whether a part of the text matches. @throws StepLimitError */
  test(text: string): boolean {
    let set = this.#setOf(this.#closure(this.#starts, true))
    for (let at = 0; at < text.length; at++) {
      if (set.isMatch) return true
      // Like at its end, `$` matches before a last line feed.
      if (set.isMatchAtEnd && at === text.length - 1 && text.charCodeAt(at) === lineFeed) return true
      const character = Math.min(text.charCodeAt(at), ascii)
      const known = set.following[character]
      set = known ?? this.#follow(set, character)
    }
    return set.isMatch || set.isMatchAtEnd
  }

  /** Adds the places of an alternative. @returns where it begins. */
  #add(atoms: readonly Atom[]): readonly number[] {
    let next: readonly number[] = [complete]
    for (const { accepts, least, most } of atoms.toReversed()) {
      if (most === Number.POSITIVE_INFINITY) {
        const own = this.#states.length
        this.#push({ accepts, next: [own, ...next] })
        if (least === 0) next = [own, ...next]
        else next = [own]
        for (let n = 1; n < least; n++) next = [this.#push({ accepts, next })]
        continue
      }
      const behind = next
      for (let n = most; n > least; n--) next = [this.#push({ accepts, next }), ...behind]
      for (let n = 0; n < least; n++) next = [this.#push({ accepts, next })]
    }
    return next
  }

  #push(state: State): number {
    if (this.#states.length >= mostStates) throw invalidPattern('the regular expression is too complex.')
    return this.#states.push(state) - 1
  }

  #follow(set: StateSet, character: number): StateSet {
    const reached = set.states.flatMap((place) => {
      const state = this.#states[place]
      return state && typeof state.accepts !== 'string' && state.accepts[character] ? state.next : []
    })
    this.#work(set.states.length + reached.length)
    const following = this.#setOf(this.#closure([...reached, ...this.#starts], false))
    set.following[character] = following
    return following
  }

  /** All places that are reached without a character: through `^` where the text begins. */
  #closure(places: readonly number[], isAtStart: boolean): number[] {
    const found = new Set<number>()
    const open = [...places]
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (found.has(place)) continue
      found.add(place)
      const state = this.#states[place]
      if (isAtStart && state?.accepts === '^') open.push(...state.next)
    }
    this.#work(found.size)
    return [...found].sort((one, other) => one - other)
  }

  #setOf(states: readonly number[]): StateSet {
    const name = states.join()
    const known = this.#sets.get(name)
    if (known) return known
    if (this.#sets.size >= mostSets) {
      // Sets that lead to one another are forgotten together.
      for (const set of this.#sets.values()) set.following = []
      this.#sets.clear()
    }
    const set = {
      states,
      isMatch: states.includes(complete),
      isMatchAtEnd: this.#endsAt(states),
      following: [],
    }
    this.#sets.set(name, set)
    return set
  }

  /** Returns whether the match is complete at the end of the text, through `$`. */
  #endsAt(states: readonly number[]): boolean {
    const seen = new Set<number>()
    const open = [...states]
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (place === complete) return true
      if (seen.has(place)) continue
      seen.add(place)
      const state = this.#states[place]
      if (state?.accepts === '$') open.push(...state.next)
    }
    return false
  }

  #work(steps: number): void {
    stepsLeft -= steps
    if (stepsLeft < 0) throw new StepLimitError()
  }
}

const lineFeed = 10

/** The parts between `|` outside of brackets. */
function alternativesOf(text: string): string[] {
  const alternatives = ['']
  let inBrackets = false
  for (const token of text.match(/\\[\s\S]|[\s\S]/g) ?? []) {
    if (token === '[') inBrackets = true
    if (token === ']') inBrackets = false
    if (token === '|' && !inBrackets) alternatives.push('')
    else alternatives[alternatives.length - 1] += token
  }
  if (alternatives.includes('')) throw invalidPattern('a regular expression is empty.')
  return alternatives
}

const setOf = (accepts: (code: number) => boolean, others = false): Characters =>
  Uint8Array.from({ length: ascii + 1 }, (_, code) => ((code === ascii ? others : accepts(code)) ? 1 : 0))

const matching = (expression: RegExp) => setOf((code) => expression.test(String.fromCharCode(code)))
const notMatching = (expression: RegExp) => setOf((code) => !expression.test(String.fromCharCode(code)), true)

const shorthands: Readonly<Record<string, Characters>> = {
  d: matching(/\d/),
  D: notMatching(/\d/),
  w: matching(/\w/),
  W: notMatching(/\w/),
  s: matching(/[ \t\n\v\f\r]/),
  S: notMatching(/[ \t\n\v\f\r]/),
}
const anyCharacter = notMatching(/[\n\r]/)

/** What may stand for itself. */
const literal = /[A-Za-z0-9_#=@/;,-]/
/** What a backslash may stand before. */
const escapable = /[^A-Za-z0-9]/

function readAtoms(text: string): Atom[] {
  const atoms: Atom[] = []
  let at = 0
  while (at < text.length) {
    const { accepts, length } = readAtom(text, at)
    at += length
    const [quantifier = ''] = /^(?:[?*+]|\{\d*,?\d*\})/.exec(text.slice(at)) ?? []
    at += quantifier.length
    atoms.push({ accepts, ...readQuantifier(quantifier, accepts) })
  }
  return atoms
}

function readQuantifier(quantifier: string, accepts: Atom['accepts']): Pick<Atom, 'least' | 'most'> {
  if (quantifier === '') return { least: 1, most: 1 }
  if (typeof accepts === 'string') throw invalidPattern(`${accepts} cannot be repeated.`)
  if (quantifier === '?') return { least: 0, most: 1 }
  if (quantifier === '*') return { least: 0, most: Number.POSITIVE_INFINITY }
  if (quantifier === '+') return { least: 1, most: Number.POSITIVE_INFINITY }
  const [, from, comma, to] = /^\{(\d+)(,?)(\d*)\}$/.exec(quantifier) ?? []
  if (from === undefined) throw invalidPattern(`${quantifier} is not a number of repetitions.`)
  const least = Number(from)
  const most = comma === '' ? least : to === '' ? Number.POSITIVE_INFINITY : Number(to)
  if (most < least || least > mostStates) throw invalidPattern(`${quantifier} is not a number of repetitions.`)
  return { least, most }
}

function readAtom(text: string, at: number): { accepts: Atom['accepts']; length: number } {
  const character = text.charAt(at)
  if (character === '^' || character === '$') return { accepts: character, length: 1 }
  if (character === '.') return { accepts: anyCharacter, length: 1 }
  if (character === '\\') {
    const { characters, length } = readEscape(text, at)
    return { accepts: typeof characters === 'number' ? setOf((code) => code === characters) : characters, length }
  }
  if (character === '[') return readBrackets(text, at)
  if (!literal.test(character)) throw invalidCharacters(character)
  const code = character.charCodeAt(0)
  return { accepts: setOf((one) => one === code), length: 1 }
}

/** An escape at a place: the code of a character, or the characters of a shorthand. */
function readEscape(text: string, at: number): { characters: number | Characters; length: number } {
  const escaped = text.charAt(at + 1)
  const [, hex] = /^\\x([0-7][0-9A-Fa-f])/.exec(text.slice(at, at + 4)) ?? []
  if (hex !== undefined) return { characters: Number.parseInt(hex, 16), length: 4 }
  const shorthand = shorthands[escaped]
  if (shorthand) return { characters: shorthand, length: 2 }
  if (escaped === '' || !escapable.test(escaped) || escaped.charCodeAt(0) >= ascii) {
    throw invalidCharacters(`\\${escaped}`)
  }
  return { characters: escaped.charCodeAt(0), length: 2 }
}

function readBrackets(text: string, begin: number): { accepts: Characters; length: number } {
  let at = begin + 1
  const isNegated = text.charAt(at) === '^'
  if (isNegated) at++
  const accepted = new Uint8Array(ascii + 1)
  const first = at
  while (at < text.length && (text.charAt(at) !== ']' || at === first)) {
    const from = readMember(text, at)
    at += from.length
    const isRange = text.charAt(at) === '-' && text.charAt(at + 1) !== ']' && typeof from.characters === 'number'
    if (isRange) {
      const to = readMember(text, at + 1)
      at += 1 + to.length
      const low = from.characters as number
      if (typeof to.characters !== 'number' || to.characters < low)
        throw invalidPattern('a range is the wrong way round.')
      for (let code = low; code <= to.characters; code++) accepted[code] = 1
    } else if (typeof from.characters === 'number') accepted[from.characters] = 1
    else for (const [code, isIn] of from.characters.entries()) if (isIn) accepted[code] = 1
  }
  if (at >= text.length) throw invalidPattern('the closing ] is missing.')
  const accepts = isNegated ? accepted.map((isIn) => (isIn ? 0 : 1)) : accepted
  return { accepts, length: at + 1 - begin }
}

function readMember(text: string, at: number): { characters: number | Characters; length: number } {
  if (text.charAt(at) === '\\') return readEscape(text, at)
  const code = text.charCodeAt(at)
  if (Number.isNaN(code) || code >= ascii) throw invalidCharacters(text.charAt(at))
  return { characters: code, length: 1 }
}
