import { anyText, oneCharacter, type PatternPart, textPattern } from '../../../kit/text-pattern.ts'
import { invalidInput } from './errors.ts'

/**
 * Compiles the expression with which tables are listed: a regular expression of characters, `.`, classes, `*`, `+`, `?` and `|`. As in
 * Hive, a `*` behind a name stands for any text. Groups are not taken.
 * @throws ServiceError InvalidInputException.
 */
export function tablePattern(expression: string): (name: string) => boolean {
  const choices = expression
    .replace(/^\^|\$$/g, '')
    .toLowerCase()
    .split('|')
    .map((choice) => textPattern(partsOf(choice)))
  return (name) => choices.some((matches) => matches(name))
}

const times = { '*': 'any', '+': 'some', '?': 'maybe' } as const

function partsOf(choice: string): PatternPart[] {
  return [...choice.matchAll(/(\[\^?[^\]]+\]|\\.|[^\\])([*+?]?)/gsu)].flatMap(
    ([, what = '', sign = '']): PatternPart | PatternPart[] => {
      if (/^[(){}[\]\\]$/.test(what)) throw invalidInput(`The expression has '${what}', which is not supported here.`)
      // Nothing that could be repeated stands before it.
      if (what === '*') return anyText
      const kind = sign === '' ? 'once' : times[sign as keyof typeof times]
      if (what === '.') return { ...oneCharacter, times: kind }
      if (what.startsWith('[')) return { fits: classOf(what), times: kind }
      const character = what.startsWith('\\') ? what.slice(1) : what
      const literal: PatternPart = { fits: (other) => other === character, times: 'once' }
      if (sign === '*' && /[a-z0-9_]/.test(character)) return [literal, anyText]
      return { ...literal, times: kind }
    },
  )
}

function classOf(text: string): (character: string) => boolean {
  try {
    const expression = new RegExp(`^${text}$`, 'u')
    return (character) => expression.test(character)
  } catch {
    throw invalidInput(`The expression has a class that is not valid: ${text.slice(0, 100)}`)
  }
}
