/** A filter pattern, compiled. */
export interface FilterPattern {
  /** Texts of which every message that matches holds one; undefined where there are none. */
  literals: readonly string[] | undefined
  /** How many regular expressions it has. */
  expressions: number
  /** @throws StepLimitError */
  matches(message: string): boolean
  /** The values of the fields that the pattern names, by their names; undefined where it does not match. @throws StepLimitError */
  extract(message: string): Record<string, string> | undefined
  /** The value of a field of a message: `$.latency`, `$size`. */
  valueOf(message: string, name: string): string | undefined
}
