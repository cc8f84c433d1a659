import { randomInt } from 'node:crypto'
import type { GetRandomPasswordRequest } from '@aws-sdk/client-secrets-manager'
import { passwordTooShort, passwordTypeEmpty, passwordWithoutCharacters } from './errors.ts'

const lowercase = 'abcdefghijklmnopqrstuvwxyz'
const uppercase = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const numbers = '0123456789'
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'

const defaultLength = 32

/**
 * A password of exactly the length asked for. All passwords that fit the request are equally likely.
 * @throws ServiceError InvalidParameterException - no password fits.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
 */
export function randomPassword(request: GetRandomPasswordRequest): string {
  const { PasswordLength: length = defaultLength, RequireEachIncludedType = true, IncludeSpace = false } = request
  const excluded = new Set(request.ExcludeCharacters)
  const left = (characters: string) => [...characters].filter((character) => !excluded.has(character))
  const types = [
    ...(request.ExcludeLowercase ? [] : [left(lowercase)]),
    ...(request.ExcludeUppercase ? [] : [left(uppercase)]),
    ...(request.ExcludeNumbers ? [] : [left(numbers)]),
    ...(request.ExcludePunctuation ? [] : [left(punctuation)]),
  ]
  const characters = [...types.flat(), ...(IncludeSpace ? left(' ') : [])]
  if (characters.length === 0) throw passwordWithoutCharacters()
  if (!RequireEachIncludedType) return draw(characters, length)
  if (types.some((type) => type.length === 0)) throw passwordTypeEmpty()
  if (length < types.length) throw passwordTooShort(length, types.length)
  const required = types.map((type) => new Set(type))
  // Drawing until one fits favours none over another. The rarest case (four characters, three types of one character each)
  // fits once in a thousand draws.
  for (;;) {
    const password = draw(characters, length)
    if (required.every((type) => [...password].some((character) => type.has(character)))) return password
  }
}

const draw = (characters: readonly string[], length: number): string =>
  Array.from({ length }, () => characters[randomInt(characters.length)]).join('')
