// The engine of Athena: what it costs to prepare the files of a trail, and the ten queries of AWS's guide over them.
// Usage: node bench/athena.ts [events]
import { writeFileSync } from 'node:fs'
import { readHiveType } from '../src/kit/sql-queries/hive-types.ts'
import { SqlQueries } from '../src/kit/sql-queries/sql-queries.ts'
import { readStatement } from '../src/services/athena/domain/statement.ts'
import { cloudTrailTable, tenQueries, trailEvent, trailFile } from '../src/testing/trail-samples.ts'
import { processorMs } from './measure.ts'

const count = Number(process.argv[2] ?? 1_000_000)
const perFile = 5000
const beginMs = Date.UTC(2026, 8, 1)

const ddl = readStatement(cloudTrailTable('trail'))
if (ddl.kind !== 'ddl' || ddl.ddl.kind !== 'createTable') throw new Error('the table cannot be read')
const columns = ddl.ddl.columns.map(({ name, type }) => ({ name, type: readHiveType(type) }))
const partitionColumns = [{ name: 'timestamp', type: readHiveType('string') }]

const queries = new SqlQueries({
  most: 1,
  limits: { memory: '1GB', threads: 2, scratchBytes: 2 ** 36 },
  mostMs: 3_600_000,
})
await queries.run(new AbortController().signal, async (query) => {
  const timed = async <R>(name: string, work: () => Promise<R>): Promise<R> => {
    const [wallMs, cpuMs] = [performance.now(), processorMs(query.pid)]
    const result = await work()
    const [wall, cpu] = [performance.now() - wallMs, processorMs(query.pid) - cpuMs]
    console.log(`${name.padEnd(60)} ${wall.toFixed(0).padStart(7)} ms wall ${cpu.toFixed(0).padStart(7)} ms cpu`)
    return result
  }
  let zippedBytes = 0
  const partitions = Array.from({ length: Math.ceil(count / perFile) }, (_, file) => {
    const some = Array.from({ length: Math.min(perFile, count - file * perFile) }, (_, n) => {
      const event = file * perFile + n
      return trailEvent(event, beginMs + Math.floor((event / count) * 60 * 86_400_000))
    })
    const content = trailFile(some)
    zippedBytes += content.length
    writeFileSync(query.inFile(String(file)), content)
    const day = new Date(beginMs + Math.floor(((file * perFile) / count) * 60 * 86_400_000)).toISOString().slice(0, 10)
    return { values: [day.replaceAll('-', '/')], files: [{ name: String(file), path: `s3://trail/${file}` }] }
  })
  console.log(`${count} events, ${partitions.length} files, ${(zippedBytes / 2 ** 20).toFixed(0)} MiB of gzip`)
  const table = { schema: 'default', name: 'cloudtrail_logs', columns, partitionColumns, partitions } as const
  const bytes = await timed('gunzip, records to lines, view', () =>
    query.defineTable({ kind: 'table', ...table, format: { kind: 'cloudtrail' } }),
  )
  console.log(`${(bytes / 2 ** 20).toFixed(0)} MiB of lines`)
  for (const text of tenQueries) {
    await timed(text.slice(0, 58), async () => {
      await query.start({ text, schema: 'default', nowMs: beginMs + 60 * 86_400_000, catalog: 'awsdatacatalog' })
      return query.writeCsv(query.outFile('result.csv'))
    })
  }
})
await queries.close()
