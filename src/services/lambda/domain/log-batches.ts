/** An event of a log group. */
export interface LogLine {
  timestamp: number
  message: string
}

/** As many events and bytes as one PutLogEvents may have, with what is counted for each. */
const mostEvents = 10_000
const mostBytes = 1_000_000
const eventBytes = 26

/** Returns the lines of a log as events, with their line ends, in parts that one request can carry. */
export function logBatches(text: string, timestamp: number): LogLine[][] {
  const batches: LogLine[][] = []
  let batch: LogLine[] = []
  let bytes = 0
  for (const message of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const size = Buffer.byteLength(message) + eventBytes
    if (batch.length === mostEvents || (batch.length > 0 && bytes + size > mostBytes)) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push({ timestamp, message })
    bytes += size
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}
