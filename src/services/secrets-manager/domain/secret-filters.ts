import type { Filter } from '@aws-sdk/client-secrets-manager'
import { filterWithoutKey, filterWithoutValues } from './errors.ts'
import type { Secret } from './secret.ts'

/** Whether a secret is among those asked for. */
export type SecretFilter = (secret: Secret) => boolean

/**
 * Compiles the filters of a request: a secret must fit each of them, and fits one through any of its values. A value that
 * begins with `!` is fitted by what does not fit the rest of it.
 * @throws ServiceError InvalidParameterException - a filter without key or values.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html
 */
export function compileFilters(filters: readonly Filter[] = []): SecretFilter {
  const compiled = filters.map(({ Key, Values }) => {
    if (Key === undefined) throw filterWithoutKey()
    if (Values === undefined || Values.length === 0) throw filterWithoutValues(Key)
    const fits = Values.map((value) => compileValue(matchers[Key], value))
    return (secret: Secret) => fits.some((fit) => fit(secret))
  })
  return (secret) => compiled.every((fits) => fits(secret))
}

function compileValue(matcher: (pattern: string) => SecretFilter, value: string): SecretFilter {
  if (!value.startsWith('!')) return matcher(value)
  const fits = matcher(value.slice(1))
  return (secret) => !fits(secret)
}

type Texts = (secret: Secret) => readonly string[]

const names: Texts = ({ name }) => [name]
const descriptions: Texts = ({ description }) => [description]

/** What secrets are found by through an index: filters ask how it begins. */
export type IndexedText = 'tag-key' | 'tag-value' | 'primary-region' | 'owning-service'

/** The texts of a secret in the form in which they are compared. */
export const textsOf: Readonly<Record<IndexedText, Texts>> = {
  'tag-key': ({ tags = [] }) => tags.map(({ Key }) => Key),
  'tag-value': ({ tags = [] }) => tags.map(({ Value }) => Value),
  'primary-region': ({ primaryRegion }) => (primaryRegion === undefined ? [] : [primaryRegion]),
  'owning-service': ({ owningService }) => (owningService === undefined ? [] : [owningService.toLowerCase()]),
}

const everything: Texts = (secret) =>
  [names, descriptions, textsOf['tag-key'], textsOf['tag-value']].flatMap((texts) => texts(secret))

/** A filter that an index serves: a name, or another text, begins with one of the prefixes. */
export interface IndexedPrefixes {
  of: 'name' | IndexedText
  prefixes: readonly string[]
}

/** The filters that an index serves. Words of descriptions, and what must not fit, are looked for secret by secret. */
export function indexedPrefixesOf(filters: readonly Filter[] = []): IndexedPrefixes[] {
  return filters.flatMap(({ Key, Values = [] }) => {
    if (Key === undefined || Key === 'description' || Key === 'all') return []
    if (Values.some((value) => value === '' || value.startsWith('!'))) return []
    return [{ of: Key, prefixes: Key === 'owning-service' ? Values.map((value) => value.toLowerCase()) : Values }]
  })
}

const prefix =
  (texts: Texts) =>
  (pattern: string): SecretFilter =>
  (secret) =>
    texts(secret).some((text) => text.startsWith(pattern))

/** Every word of the pattern begins some word of the texts. */
const words =
  (texts: Texts) =>
  (pattern: string): SecretFilter => {
    const wanted = wordsOf(pattern)
    if (wanted.length === 0) return () => false
    return (secret) => {
      const there = texts(secret).flatMap(wordsOf)
      return wanted.every((word) => there.some((text) => text.startsWith(word)))
    }
  }

const matchers: Record<NonNullable<Filter['Key']>, (pattern: string) => SecretFilter> = {
  name: prefix(names),
  description: words(descriptions),
  'tag-key': prefix(textsOf['tag-key']),
  'tag-value': prefix(textsOf['tag-value']),
  'primary-region': prefix(textsOf['primary-region']),
  'owning-service': (pattern) => prefix(textsOf['owning-service'])(pattern.toLowerCase()),
  all: words(everything),
}

/** Split at spaces and special characters, and where an upper-case letter is followed by a lower-case one. */
const wordsOf = (text: string): string[] =>
  text
    .replace(/([A-Z])(?=[a-z])/g, ' $1')
    .split(/[\s/\-_+=.@!]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
