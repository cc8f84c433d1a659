/**
 * What is known of the calls of one kind: counts by hour of the week before, and of the last minutes. Hours and minutes are counted
 * since 1970. What is zero is left out.
 */
export interface CallRates {
  /** The first minute that was counted. */
  sinceMinute: number
  /** Up to which minute, included, the counts are complete. */
  throughMinute: number
  /** Of completed hours: the sum of the counts of its minutes, and the sum of their squares. Oldest first. */
  hours: readonly (readonly [hour: number, sum: number, squares: number])[]
  /** Of the hour that is under way. */
  present: { sum: number; squares: number }
  /** Of the last minutes, oldest first. */
  minutes: readonly (readonly [minute: number, count: number])[]
  open?: OpenInsight
}

/** Unusual activity that has not ended. */
export interface OpenInsight {
  startMinute: number
  isFall: boolean
  /** Calls a minute, over the week before it. */
  baseline: number
  baselineMinutes: number
  /** Calls since it began. */
  total: number
  /** The rate beyond which calls were unusual when it began. */
  limit: number
}

/** What a minute has shown. */
export interface Finding {
  state: 'Start' | 'End'
  startMinute: number
  /** How long the activity has lasted, in minutes. */
  duration: number
  /** Calls a minute: over the activity, and over the week before. */
  average: number
  baseline: number
  baselineMinutes: number
}

const hourMinutes = 60
export const weekMinutes = 7 * 24 * hourMinutes
/** A job that runs once a week is still known when it runs again, some hours late. */
const keptHours = 7 * 24 + 8
const riseWindow = 5
const fallWindow = 15
/** Fewer calls a minute than that are never unusual, however few there were before. */
const leastChange = 10
/** How many standard deviations of the mean of a window are usual. */
const deviations = 6
/** A rate under that of quiet hours can be unusual only where it never was smaller than this. */
const leastForFall = 5
/** After so long, what is unusual is the new usual. */
const longestInsight = 24 * hourMinutes

export const newRates = (minute: number): CallRates => ({
  ...{ sinceMinute: minute, throughMinute: minute - 1, hours: [], present: { sum: 0, squares: 0 }, minutes: [] },
})

/**
 * Returns the rate beyond which the last five minutes are unusual: more than twice what any hour of the week before has had on
 * average, and six standard deviations of the mean of five of its minutes, and ten calls a minute.
 */
function upperLimit({ hours }: Pick<CallRates, 'hours'>): number {
  const known = limits.get(hours)
  if (known !== undefined) return known
  const limit = computedLimit(hours)
  limits.set(hours, limit)
  return limit
}

/** By the hours that they come of, which are the same for sixty minutes. */
const limits = new WeakMap<CallRates['hours'], number>()

function computedLimit(hours: CallRates['hours']): number {
  let highest = 0
  for (const [, sum, squares] of hours) {
    const mean = sum / hourMinutes
    const variance = Math.max(mean, squares / hourMinutes - mean * mean)
    highest = Math.max(highest, 2 * mean + deviations * Math.sqrt(variance / riseWindow))
  }
  return highest + leastChange
}

/**
 * Returns the rate under which the last fifteen minutes are unusual: a quarter of what the quietest hour of the week before has had.
 * Undefined where no rate is, because there are quiet hours.
 */
function lowerLimit({ hours, sinceMinute, throughMinute }: CallRates): number | undefined {
  const presentHour = hourOf(throughMinute)
  const first = Math.max(presentHour - 7 * 24, hourOf(sinceMinute) + 1)
  const known = hours.filter(([hour]) => hour >= first)
  if (known.length === 0 || known.length < presentHour - first) return undefined
  const quietest = Math.min(...known.map(([, sum]) => sum)) / hourMinutes
  return quietest < leastForFall ? undefined : quietest / 4
}

/**
 * Adds a minute. Minutes are added in order; those in between had no calls.
 * @param mayStart - whether unusual activity can begin: not while too little is known.
 */
export function addMinute(
  rates: CallRates,
  count: number,
  mayStart: boolean,
): { rates: CallRates; finding: Finding | undefined } {
  const minute = rates.throughMinute + 1
  const minutes = [...rates.minutes, ...(count > 0 ? [[minute, count] as const] : [])].filter(
    ([one]) => one > minute - fallWindow,
  )
  const { open } = rates
  // What is unusual is not counted as usual, for a day.
  const isUsual = open === undefined || minute - open.startMinute >= longestInsight
  const counted = withHour({ ...rates, throughMinute: minute, minutes }, isUsual ? count : 0)
  return open ? continued(counted, open, count) : begun(counted, mayStart)
}

function withHour(rates: CallRates, count: number): CallRates {
  const { throughMinute: minute } = rates
  const present = { sum: rates.present.sum + count, squares: rates.present.squares + count * count }
  if ((minute + 1) % hourMinutes !== 0) return { ...rates, present }
  const hour = hourOf(minute)
  const kept = rates.hours.filter(([one]) => one > hour - keptHours)
  const hours = present.sum > 0 ? [...kept, [hour, present.sum, present.squares] as const] : kept
  return { ...rates, hours, present: { sum: 0, squares: 0 } }
}

function begun(rates: CallRates, mayStart: boolean) {
  const none = { rates, finding: undefined }
  if (!mayStart) return none
  const limit = upperLimit(rates)
  const low = lowerLimit(rates)
  const isRise = rateOf(rates, riseWindow) > limit
  const isFall = low !== undefined && rateOf(rates, fallWindow) < low
  if (!isRise && !isFall) return none
  const minute = rates.throughMinute
  const startMinute = isFall ? minute - fallWindow + 1 : firstUnusual(rates, limit)
  const { baseline, baselineMinutes } = baselineOf(rates)
  const total = sumSince(rates, startMinute)
  const open: OpenInsight = {
    startMinute,
    isFall,
    baseline,
    baselineMinutes,
    total,
    limit: isFall ? (low ?? 0) : limit,
  }
  return { rates: { ...rates, open }, finding: findingOf('Start', open, minute) }
}

/** The first minute of the window that is over the limit by itself; the last one where none is. */
function firstUnusual({ minutes, throughMinute }: CallRates, limit: number): number {
  const first = minutes.find(([minute, count]) => minute > throughMinute - riseWindow && count > limit)
  return first?.[0] ?? throughMinute
}

function continued(rates: CallRates, open: OpenInsight, count: number) {
  const minute = rates.throughMinute
  const total = open.total + count
  const isOver = open.isFall
    ? rateOf(rates, riseWindow) >= open.limit
    : minute - open.startMinute >= riseWindow && rateOf(rates, riseWindow) <= open.limit
  const isLong = minute - open.startMinute >= longestInsight
  if (!isOver && !isLong) return { rates: { ...rates, open: { ...open, total } }, finding: undefined }
  const finding = findingOf('End', { ...open, total }, minute)
  const { open: _, ...ended } = rates
  return { rates: isOver ? ended : withUsual(ended, finding.average), finding }
}

/** Takes a rate for usual from now on. */
function withUsual(rates: CallRates, rate: number): CallRates {
  const hour = hourOf(rates.throughMinute) - 1
  const learned = [hour, rate * hourMinutes, rate * rate * hourMinutes] as const
  return { ...rates, hours: [...rates.hours.filter(([one]) => one !== hour), learned] }
}

function findingOf(state: Finding['state'], open: OpenInsight, minute: number): Finding {
  const { startMinute, baseline, baselineMinutes, total } = open
  const duration = minute - startMinute + 1
  return { state, startMinute, duration, average: total / duration, baseline, baselineMinutes }
}

/** Calls a minute over the week before, and how many minutes of it are known. */
function baselineOf({ hours, sinceMinute, throughMinute }: CallRates) {
  const baselineMinutes = Math.max(1, Math.min(weekMinutes, throughMinute - sinceMinute))
  const first = hourOf(throughMinute - baselineMinutes)
  const sum = hours.reduce((all, [hour, one]) => (hour >= first ? all + one : all), 0)
  return { baseline: sum / baselineMinutes, baselineMinutes }
}

const rateOf = (rates: CallRates, window: number) => sumSince(rates, rates.throughMinute - window + 1) / window

const sumSince = ({ minutes }: CallRates, from: number): number =>
  minutes.reduce((sum, [minute, count]) => (minute >= from ? sum + count : sum), 0)

const hourOf = (minute: number) => Math.floor(minute / hourMinutes)

/** How long rates without calls are still to be looked at: a fall may show. */
const watchedMinutes = 2 * fallWindow

/** Returns whether minutes without calls can show something. */
export const needsWatching = ({ open, minutes, throughMinute }: CallRates): boolean =>
  open !== undefined || minutes.some(([minute]) => minute > throughMinute - watchedMinutes)

/** Passes over minutes without calls that can show nothing. @returns rates that are complete through a minute. */
export function skipTo(rates: CallRates, minute: number): CallRates {
  const { throughMinute, present, hours } = rates
  if (minute <= throughMinute) return rates
  const hour = hourOf(throughMinute + 1)
  const completed = hourOf(minute + 1) > hour && present.sum > 0 ? [[hour, present.sum, present.squares] as const] : []
  const isPast = hourOf(minute + 1) > hour
  return {
    ...rates,
    throughMinute: minute,
    hours: [...hours, ...completed].filter(([one]) => one > hourOf(minute) - keptHours),
    present: isPast ? { sum: 0, squares: 0 } : present,
    minutes: rates.minutes.filter(([one]) => one > minute - fallWindow),
  }
}
