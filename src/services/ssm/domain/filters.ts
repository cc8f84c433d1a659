import type { ParameterStringFilter, ParametersFilter } from '@aws-sdk/client-ssm'
import {
  bothFilterKinds,
  filterKeyInvalid,
  filterNamespaceReserved,
  filterOptionInvalid,
  filterTwice,
  filterValueInvalid,
  filterValuesMissing,
} from './errors.ts'
import { versionOfLabel } from './labels.ts'
import type { StoredParameter } from './parameter.ts'
import { checkPath, isPublicPath, parentPath, qualifiedName } from './parameter-name.ts'

/** What a filter looks at. */
type FilterKey = 'Name' | 'Path' | 'Type' | 'KeyId' | 'Tier' | 'DataType' | 'Label' | 'tag'

export interface ParameterFilter {
  key: FilterKey
  /** Of the key `tag`. */
  tagKey?: string
  option: string
  /** One of them must fit. Without any, a tag of any value fits. Names and paths are fully qualified. */
  values: readonly string[]
}

/** What filters look at: parameters that are kept, and public ones. */
export type Filtered = Pick<StoredParameter, 'qualified' | 'type' | 'keyId' | 'tier' | 'dataType' | 'tags' | 'labels'>

const anyOf = ['BeginsWith', 'Equals']

/** The options of each key, in the order in which messages list them, and the one that stands for none given. */
const options: Readonly<Record<FilterKey, { valid: readonly string[]; default: string }>> = {
  Name: { valid: ['BeginsWith', 'Equals', 'Contains'], default: 'Equals' },
  Path: { valid: ['Recursive', 'OneLevel'], default: 'OneLevel' },
  Type: { valid: anyOf, default: 'Equals' },
  KeyId: { valid: anyOf, default: 'Equals' },
  Tier: { valid: ['Equals'], default: 'Equals' },
  DataType: { valid: ['Equals'], default: 'Equals' },
  Label: { valid: ['Equals'], default: 'Equals' },
  tag: { valid: anyOf, default: 'Equals' },
}

export const types = ['String', 'StringList', 'SecureString']
const tiers = ['Standard', 'Advanced', 'Intelligent-Tiering']

/**
 * Reads the filters of DescribeParameters: the present form, or the old one.
 * @throws ServiceError ValidationException, InvalidFilterKey, InvalidFilterOption, InvalidFilterValue.
 */
export function describeFilters(
  old: readonly ParametersFilter[] | undefined,
  given: readonly ParameterStringFilter[] | undefined,
): ParameterFilter[] {
  if (old?.length && given?.length) throw bothFilterKinds()
  // The names of the old form are prefixes.
  const present = old?.map(({ Key, Values }) => ({ Key, Values, Option: Key === 'Name' ? 'BeginsWith' : 'Equals' }))
  return readFilters(present ?? given ?? [], (key) =>
    key === 'Label' ? filterKeyInvalid(key, ['Path', 'Name', 'Type', 'KeyId', 'Tier']) : undefined,
  )
}

/** Reads the filters of GetParametersByPath. @throws ServiceError as for DescribeParameters. */
export const byPathFilters = (given: readonly ParameterStringFilter[] = []): ParameterFilter[] =>
  readFilters(given, (key) =>
    ['Type', 'KeyId', 'Label'].includes(key) ? undefined : filterKeyInvalid(key, ['Type', 'KeyId']),
  )

function readFilters(
  given: readonly ParameterStringFilter[],
  refuseKey: (key: string) => Error | undefined,
): ParameterFilter[] {
  const seen = new Set<string>()
  return given.map(({ Key = '', Option, Values = [] }) => {
    const refusal = refuseKey(Key)
    if (refusal) throw refusal
    if (seen.has(Key)) throw filterTwice(Key)
    seen.add(Key)
    const tagKey = Key.startsWith('tag:') ? Key.slice('tag:'.length) : undefined
    const key = tagKey === undefined ? (Key as FilterKey) : 'tag'
    const { valid, default: option } = options[key]
    if (Option !== undefined && !valid.includes(Option)) throw filterOptionInvalid(Option, valid)
    if (key !== 'tag' && Values.length === 0) throw filterValuesMissing(Key)
    return checkedFilter({ key, tagKey, option: Option ?? option, values: Values })
  })
}

function checkedFilter(filter: ParameterFilter): ParameterFilter {
  const { key, option, values } = filter
  if (key === 'Type' && option === 'Equals') checkValues(values, types)
  if (key === 'Tier') checkValues(values, tiers)
  if (key === 'Path') return { ...filter, values: values.map((path) => checkPath(checkNamespace(path))) }
  if (key === 'Name' && option !== 'Contains') {
    return { ...filter, values: values.map((name) => qualifiedName(checkNamespace(name))) }
  }
  return filter
}

function checkValues(values: readonly string[], valid: readonly string[]): void {
  for (const value of values) if (!valid.includes(value)) throw filterValueInvalid(value, valid)
}

function checkNamespace(name: string): string {
  const qualified = qualifiedName(name)
  const trimmed = qualified.endsWith('/') ? qualified.slice(0, -1) : qualified
  if (/^\/(aws|ssm)/i.test(qualified) && !isPublicPath(trimmed)) throw filterNamespaceReserved()
  return name
}

/** The filters ask for public parameters: they name something in the namespace of these. */
export const asksForPublic = (filters: readonly ParameterFilter[]): boolean =>
  filters.some(({ key, values }) => (key === 'Name' || key === 'Path') && values.some(isInPublicNamespace))

const isInPublicNamespace = (value: string) => value.startsWith('/aws/service')

/** All filters fit. */
export const passes = (parameter: Filtered, filters: readonly ParameterFilter[]): boolean =>
  filters.every((filter) => fits(parameter, filter))

/** Returns whether a text is what a filter asks for. */
export function fitsText({ option, values }: ParameterFilter, text: string): boolean {
  const compare = comparisons[option] ?? comparisons.Equals
  return values.some((value) => compare?.(text, value) ?? false)
}

function fits(parameter: Filtered, filter: ParameterFilter): boolean {
  const { key, tagKey, option, values } = filter
  const some = (text: string | undefined) => text !== undefined && fitsText(filter, text)
  switch (key) {
    case 'Name':
      return some(parameter.qualified)
    case 'Path':
      return values.some((path) =>
        option === 'Recursive'
          ? parameter.qualified.startsWith(subtreePrefix(path))
          : parentPath(parameter.qualified) === path,
      )
    case 'Type':
      return some(parameter.type)
    case 'KeyId':
      return some(parameter.keyId)
    case 'Tier':
      return some(parameter.tier)
    case 'DataType':
      return some(parameter.dataType)
    case 'Label':
      return values.some((label) => versionOfLabel(parameter, label) !== undefined)
    case 'tag': {
      const tag = parameter.tags.find(({ Key }) => Key === tagKey)
      return tag !== undefined && (values.length === 0 || some(tag.Value))
    }
  }
}

const comparisons: Readonly<Record<string, (text: string, value: string) => boolean>> = {
  Equals: (text, value) => text === value,
  BeginsWith: (text, value) => text.startsWith(value),
  Contains: (text, value) => text.includes(value),
}

/** Returns the text with which every name under a path begins. */
export const subtreePrefix = (path: string): string => (path === '/' ? '/' : `${path}/`)
