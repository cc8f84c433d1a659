import type { ResultRow } from '../sources.ts'

/** A line of CSV as Athena writes it: values are quoted, NULL is not there. */
export const csvLine = (values: ResultRow): string =>
  `${values.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(',')}\n`
