/** A literal text at a distance from where a search begins. */
export interface Part {
  at: number
  text: string
  /** The text is of the request, where a policy's variable stands, and many patterns may look for it. */
  ofVariable: boolean
}

/**
 * Where in a text characters and other texts occur, as one bit for each place. To look for parts at fixed distances takes one
 * operation for 32 places and each character, so that a pattern of m characters costs at most n × m / 32 operations in a text
 * of n, whatever they are. A variable's text costs that once, and then as much as one character.
 */
export class Occurrences {
  readonly #text: string
  readonly #places = new Map<number, number[]>()
  readonly #known = new Map<string, Int32Array>()

  constructor(text: string) {
    this.#text = text
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      const places = this.#places.get(code)
      if (places) places.push(at)
      else this.#places.set(code, [at])
    }
  }

  /** The first place from `from` to `to` at which all parts are found at their distances; -1 when there is none. */
  first(parts: readonly Part[], from: number, to: number): number {
    const sought = this.#atoms(parts)
    if (!sought) return -1
    for (let block = from & ~31; block <= to; block += blockWords * 32) {
      const words = Math.min(blockWords, ((to - block) >>> 5) + 1)
      scratch.fill(-1, 0, words)
      if (block < from) scratch[0] = -1 << (from - block)
      if (!narrowAll(scratch, words, sought, block)) continue
      const word = scratch.findIndex((places) => places !== 0)
      const place = block + word * 32 + lowestBit(scratch[word] ?? 0)
      return place <= to ? place : -1
    }
    return -1
  }

  /** Undefined when one of them does not occur. */
  #atoms(parts: readonly Part[]): Atom[] | undefined {
    const atoms: Atom[] = []
    for (const { at, text, ofVariable } of parts) {
      const step = ofVariable ? text.length : text.length < longText ? 1 : fewCharacters
      for (let from = 0; from < text.length; from += step) {
        const bits = this.#of(text.slice(from, from + step))
        if (!bits) return undefined
        atoms.push({ at: at + from, bits })
      }
    }
    return atoms
  }

  #of(text: string): Int32Array | undefined {
    const known = this.#known.get(text)
    if (known) return known
    const bits = text.length === 1 ? this.#ofCharacter(text.charCodeAt(0)) : this.#ofCharacters(text)
    if (!bits) return undefined
    if (this.#known.size * bits.length > mostWords) this.#known.clear()
    this.#known.set(text, bits)
    return bits
  }

  #ofCharacter(code: number): Int32Array | undefined {
    const places = this.#places.get(code)
    if (!places) return undefined
    // One word more than there are places for, so that the bits behind a word are always there.
    const bits = new Int32Array((this.#text.length >>> 5) + 2)
    for (const place of places) bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31))
    return bits
  }

  #ofCharacters(text: string): Int32Array | undefined {
    const atoms = this.#atoms([{ at: 0, text, ofVariable: false }])
    const bits = atoms?.[0]?.bits.slice()
    return bits && atoms && narrowAll(bits, bits.length, atoms, 0) ? bits : undefined
  }
}

/**
 * From this many characters on, a literal text is looked for by four characters at a time: where a long text nearly fits in
 * many places, few different fours occur in it, and each is looked up once.
 */
const longText = 16
const fewCharacters = 4

/** A character, a few of them, or the text of a variable. */
interface Atom {
  at: number
  bits: Int32Array
}

/** How many places are searched before looking whether one of them is it, in words of 32. */
const blockWords = 128
const scratch = new Int32Array(blockWords)

/** Bounds what is kept of one text: 4 MB. */
const mostWords = 2 ** 20

function narrowAll(bits: Int32Array, words: number, atoms: readonly Atom[], from: number): boolean {
  for (const { at, bits: places } of atoms) {
    if (!narrow(bits, words, places, from + at)) return false
  }
  return true
}

/**
 * Keeps those of the first bits that are set in `source` too, which is read from its bit `from` on.
 * @returns whether any are left.
 */
function narrow(bits: Int32Array, words: number, source: Int32Array, from: number): boolean {
  const skip = from >>> 5
  const low = from & 31
  const high = 31 - low
  const shared = Math.max(0, Math.min(words, source.length - 1 - skip))
  let left = 0
  let places = source[skip] ?? 0
  for (let word = 0; word < shared; word++) {
    const next = source[word + skip + 1] ?? 0
    const narrowed = (bits[word] ?? 0) & ((places >>> low) | ((next << 1) << high))
    bits[word] = narrowed
    left |= narrowed
    places = next
  }
  for (let word = shared; word < words; word++) bits[word] = 0
  return left !== 0
}

const lowestBit = (word: number) => 31 - Math.clz32(word & -word)
