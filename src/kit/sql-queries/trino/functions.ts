import { SqlError, type SqlPlace } from '../sql-error.ts'
import { fromJodaFormat, fromMysqlFormat } from './format-codes.ts'
import { rewriteLambda } from './lambdas.ts'
import {
  callOf,
  castOf,
  childrenOf,
  constantText,
  integerOf,
  nullOf,
  operatorOf,
  type TreeNode,
  textOf,
} from './tree.ts'

/** What a rule knows beside the call. */
export interface RuleContext {
  /** The place of a node in the text of the user. */
  placeOf(node: TreeNode): SqlPlace | undefined
}

/** Makes a call of Trino's function into an expression of DuckDB's. Its arguments have been rewritten already. */
export type Rule = (call: TreeNode, context: RuleContext) => TreeNode

/** `true`: the function is the same in both. A text: it has another name. */
type FunctionRule = true | string | Rule

const same = (names: string): Record<string, true> =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, true as const]))

const renamed =
  (name: string, ...more: TreeNode[]): Rule =>
  (call) => ({ ...call, function_name: name, children: [...childrenOf(call), ...more] })

/** Applies one function to what another one gives. */
const around =
  (outer: string, inner: string): Rule =>
  (call) =>
    callOf(outer, [{ ...call, function_name: inner, alias: '' }], call)

const formatted =
  (name: string, convert: (format: string) => string, finish: Rule = (call) => call): Rule =>
  (call, context) => {
    const [value, format, ...more] = childrenOf(call)
    const written = constantText(format)
    if (!value || written === undefined || more.length > 0) {
      throw new SqlError('NOT_SUPPORTED', `${call.function_name} needs a constant format`, context.placeOf(call))
    }
    try {
      return finish(callOf(name, [value, textOf(convert(written))], call), context)
    } catch (failure) {
      if (!(failure instanceof RangeError)) throw failure
      const message = `Date format '${failure.message}' is not supported`
      throw new SqlError('NOT_SUPPORTED', message, context.placeOf(format ?? call))
    }
  }

const intervals: Readonly<Record<string, readonly [make: string, times?: number]>> = {
  millisecond: ['to_milliseconds'],
  second: ['to_seconds'],
  minute: ['to_minutes'],
  hour: ['to_hours'],
  day: ['to_days'],
  week: ['to_days', 7],
  month: ['to_months'],
  quarter: ['to_months', 3],
  year: ['to_years'],
}

const dateAdd: Rule = (call, context) => {
  const [unit, amount, date] = childrenOf(call)
  const [make, times] = intervals[constantText(unit)?.toLowerCase() ?? ''] ?? []
  if (!unit || !amount || !date || !make) {
    throw new SqlError('INVALID_FUNCTION_ARGUMENT', `date_add needs a unit, such as 'day'`, context.placeOf(call))
  }
  const whole = make === 'to_seconds' || make === 'to_milliseconds' ? amount : castOf(amount, 'INTEGER')
  const counted = times === undefined ? whole : operatorOf('*', [whole, integerOf(times)])
  return callOf('trino_plus', [date, callOf(make, [counted])], call)
}

/** A path of JSON: DuckDB writes `$."a b"` for `$["a b"]`. */
const withPath =
  (name: string): Rule =>
  (call) => {
    const [json, path, ...more] = childrenOf(call)
    const written = constantText(path)
    if (!json || !path) return { ...call, function_name: name }
    const converted = written?.replace(
      /\[\s*(?:"([^"]*)"|'([^']*)')\s*\]/g,
      (_found, one, other) => `."${one ?? other}"`,
    )
    return callOf(name, [json, converted === undefined ? path : textOf(converted), ...more], call)
  }

/** The greatest and the least of values of which one is NULL are NULL. */
const ofNoNull: Rule = (call) => {
  const children = childrenOf(call)
  const isNull = (child: TreeNode): TreeNode => ({
    ...{ class: 'OPERATOR', type: 'OPERATOR_IS_NULL', alias: '', query_location: call.query_location },
    children: [child],
  })
  const [first, ...others] = children.map(isNull)
  if (!first) return call
  const when = { class: 'CONJUNCTION', type: 'CONJUNCTION_OR', alias: '', query_location: call.query_location }
  return {
    ...{ class: 'CASE', type: 'CASE_EXPR', alias: call.alias ?? '', query_location: call.query_location },
    case_checks: [{ when_expr: { ...when, children: [first, ...others] }, then_expr: nullOf() }],
    else_expr: { ...call, alias: '' },
  }
}

const chained: Rule = (call) => {
  const [first, ...others] = childrenOf(call)
  if (!first) return call
  const joined = others.reduce((left, right) => operatorOf('||', [left, right]), first)
  return { ...joined, alias: call.alias ?? '', query_location: call.query_location }
}

/** Trino replaces all that match, and names groups with `$`. */
const regexpReplace: Rule = (call, context) => {
  const [text, pattern, replacement = textOf('')] = childrenOf(call)
  const written = constantText(replacement)
  if (!text || !pattern) return call
  if (written === undefined) {
    const message = 'regexp_replace needs a constant replacement'
    throw new SqlError('NOT_SUPPORTED', message, context.placeOf(replacement))
  }
  const converted = written.replace(/\\(.)|\$(\d)|\\/gs, (_found, escaped, group) =>
    group ? `\\${group}` : (escaped ?? ''),
  )
  return callOf('regexp_replace', [text, pattern, textOf(converted), textOf('g')], call)
}

/** Of a list, whether it has an element; of a network, whether it has an address. */
const contains: Rule = (call) => {
  const [container, element] = childrenOf(call)
  const isNetwork = /^[0-9a-f.:]+\/\d+$/i.test(constantText(container) ?? '')
  const isAddress = element?.class === 'FUNCTION' && /^trino_(try_)?ip$/.test(String(element.function_name))
  return { ...call, function_name: isNetwork || isAddress ? 'trino_ip_within' : 'list_contains' }
}

const replaced: Rule = (call) =>
  childrenOf(call).length === 2 ? renamed('replace', textOf(''))(call, noContext) : call
const noContext: RuleContext = { placeOf: () => undefined }

/** Only the first argument counts: an error that is allowed, or a percentile's accuracy. */
const firstOf =
  (name: string, count = 1): Rule =>
  (call) => ({ ...call, function_name: name, children: childrenOf(call).slice(0, count) })

const castTo =
  (type: string): Rule =>
  (call) => {
    const [value] = childrenOf(call)
    return value ? castOf(value, type, call) : call
  }

/** An interval is divided as it is. */
const divided: Rule = (call) => {
  const [left, right] = childrenOf(call)
  if (!left || !right || /^to_/.test(String(left.function_name))) return call
  return { ...call, children: [left, callOf('trino_divisor', [left, right])] }
}

/** A date and a number of days are a date; to DuckDB they are a timestamp. */
const dated =
  (name: string): Rule =>
  (call) => {
    const [left, right] = childrenOf(call)
    const isDays = (node: TreeNode | undefined) => /^to_(days|months|years)$/.test(String(node?.function_name))
    if (left && right && isDays(right) && !/^to_/.test(String(left.function_name)))
      return callOf(name, [left, right], call)
    return call
  }

const operators: Record<string, FunctionRule> = {
  ...same('* || ~~ !~~ like_escape not_like_escape ~~* !~~*'),
  ...{
    '+': dated('trino_plus'),
    '-': dated('trino_minus'),
    '/': divided,
    '%': divided,
  },
}

/**
 * The functions that statements may call, by their names in Trino. No other is called: none that reads files, settings or the
 * environment is here.
 * @see https://docs.aws.amazon.com/athena/latest/ug/functions.html
 */
const functions: Record<string, FunctionRule> = {
  ...operators,
  // What the parser itself makes of syntax
  ...same('count_star list_value struct_pack row map date_part timezone struct_extract array_extract trunc position'),
  ...same('to_years to_months to_days to_hours to_minutes to_seconds to_milliseconds to_weeks to_quarters'),
  ...same('substring trim ltrim rtrim ordinality'),

  // Aggregates and windows
  ...same('count sum avg min max count_if array_agg max_by min_by bool_and bool_or corr covar_pop covar_samp'),
  ...same('stddev stddev_pop stddev_samp variance var_pop var_samp skewness kurtosis entropy histogram string_agg'),
  ...same('regr_slope regr_intercept row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value'),
  ...same('last_value nth_value first last'),
  arbitrary: 'any_value',
  any_value: true,
  every: 'bool_and',
  approx_distinct: firstOf('approx_count_distinct'),
  approx_percentile: firstOf('approx_quantile', 2),
  bitwise_and_agg: 'bit_and',
  bitwise_or_agg: 'bit_or',
  bitwise_xor_agg: 'bit_xor',
  listagg: 'string_agg',
  map_agg: 'trino_map_agg',

  // Conditions
  ...same('coalesce nullif try'),
  ...{ greatest: ofNoNull, least: ofNoNull },

  // Numbers
  ...same('abs ceil ceiling floor round sqrt cbrt exp ln log log2 log10 sign random degrees radians pi power pow'),
  ...same('sin cos tan asin acos atan atan2 sinh cosh tanh to_base'),
  mod: (call, context) => divided(operatorOf('%', childrenOf(call), call), context),
  truncate: 'trunc',
  rand: 'random',
  is_nan: 'isnan',
  is_finite: 'isfinite',
  is_infinite: 'isinf',
  bitwise_and: (call) => operatorOf('&', childrenOf(call), call),
  bitwise_or: (call) => operatorOf('|', childrenOf(call), call),
  bitwise_xor: renamed('xor'),
  nan: (call) => castOf(textOf('nan'), 'DOUBLE', call),
  infinity: (call) => castOf(textOf('infinity'), 'DOUBLE', call),

  // Text
  ...same('lower upper length reverse substr strpos split split_part starts_with ends_with lpad rpad chr translate'),
  ...same('concat_ws url_encode url_decode'),
  codepoint: 'unicode',
  concat: chained,
  replace: replaced,
  format: 'printf',
  levenshtein_distance: 'levenshtein',
  hamming_distance: 'hamming',
  normalize: firstOf('nfc_normalize'),
  split_to_map: 'trino_split_to_map',
  regexp_like: 'regexp_matches',
  regexp_extract: 'trino_regexp_extract',
  regexp_extract_all: true,
  regexp_count: around('len', 'regexp_extract_all'),
  regexp_split: 'regexp_split_to_array',
  regexp_replace: regexpReplace,
  url_extract_host: 'trino_url_host',
  url_extract_port: 'trino_url_port',
  url_extract_protocol: 'trino_url_protocol',
  url_extract_path: 'trino_url_path',
  url_extract_query: 'trino_url_query',
  url_extract_fragment: 'trino_url_fragment',
  url_extract_parameter: 'trino_url_parameter',

  // Bytes
  to_utf8: 'encode',
  from_utf8: firstOf('decode'),
  to_hex: 'hex',
  from_hex: 'unhex',
  to_base64: true,
  from_base64: true,
  md5: around('unhex', 'md5'),
  sha1: around('unhex', 'sha1'),
  sha256: around('unhex', 'sha256'),

  // JSON
  json_extract: withPath('trino_json_extract'),
  json_extract_scalar: withPath('trino_json_scalar'),
  json_size: withPath('trino_json_size'),
  json_array_length: true,
  json_array_get: 'trino_json_array_get',
  json_array_contains: 'trino_json_array_contains',
  is_json_scalar: 'trino_is_json_scalar',
  json_format: castTo('VARCHAR'),
  json_parse: (call) => ({ ...castOf(childrenOf(call)[0] ?? nullOf(), 'VARCHAR', call), cast_type: jsonType() }),

  // Dates and times
  ...same('date_trunc year quarter month week day hour minute second uuid'),
  date: castTo('DATE'),
  date_add: dateAdd,
  // Trino counts whole units, which DuckDB's date_diff does not.
  date_diff: 'date_sub',
  date_format: formatted('strftime', fromMysqlFormat),
  date_parse: formatted('strptime', fromMysqlFormat),
  format_datetime: formatted('strftime', fromJodaFormat),
  parse_datetime: formatted('strptime', fromJodaFormat, (call) => castOf(call, 'TIMESTAMP WITH TIME ZONE', call)),
  from_iso8601_timestamp: castTo('TIMESTAMP WITH TIME ZONE'),
  from_iso8601_date: castTo('DATE'),
  from_unixtime: firstOf('to_timestamp'),
  to_unixtime: 'epoch',
  to_iso8601: 'trino_iso',
  at_timezone: (call) => callOf('timezone', childrenOf(call).toReversed(), call),
  day_of_month: 'day',
  day_of_week: 'isodow',
  dow: 'isodow',
  day_of_year: 'dayofyear',
  doy: 'dayofyear',
  week_of_year: 'week',
  year_of_week: 'isoyear',
  yow: 'isoyear',
  millisecond: (call) =>
    operatorOf('%', [renamed('millisecond')({ ...call, alias: '' }, noContext), integerOf(1000)], call),
  last_day_of_month: 'last_day',

  // Lists, maps and lambdas
  ...same('cardinality flatten map_keys map_values map_entries map_from_entries map_concat'),
  contains,
  element_at: 'trino_element_at',
  array_join: 'trino_array_join',
  array_distinct: 'list_distinct',
  array_sort: 'list_sort',
  array_max: 'list_max',
  array_min: 'list_min',
  array_sum: 'list_sum',
  array_average: 'list_avg',
  array_intersect: 'list_intersect',
  array_except: 'trino_array_except',
  array_union: 'trino_array_union',
  array_remove: 'trino_array_remove',
  array_position: (call) => callOf('coalesce', [callOf('list_position', childrenOf(call)), integerOf(0)], call),
  arrays_overlap: 'list_has_any',
  slice: 'trino_slice',
  sequence: 'generate_series',
  repeat: 'trino_repeat',
  zip: 'list_zip',
  filter: rewriteLambda,
  transform: rewriteLambda,
  reduce: rewriteLambda,
  any_match: rewriteLambda,
  all_match: rewriteLambda,
  none_match: rewriteLambda,
}

/** The type that DuckDB's parser calls by its name. */
export const jsonType = () => ({
  id: 'UNBOUND',
  type_info: {
    ...{ type: 'UNBOUND_TYPE_INFO', alias: '', extension_info: null, name: 'json', catalog: '', schema: '' },
    user_type_modifiers: [],
  },
})

/** @throws SqlError for a function that is not in the list, and as its rule does. */
export function rewriteCall(call: TreeNode, context: RuleContext): TreeNode {
  const name = String(call.function_name).toLowerCase()
  const rule = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (rule === undefined || (call.schema !== '' && call.schema !== 'main') || call.catalog !== '') {
    throw new SqlError('FUNCTION_NOT_FOUND', `Function '${name}' not registered`, context.placeOf(call))
  }
  if (rule === true) return call
  return typeof rule === 'string' ? { ...call, function_name: rule } : rule(call, context)
}
