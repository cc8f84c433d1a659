// How long functions take: cold starts of both runtimes, and warm invocations, one after another and side by side.
// Usage: node scripts/run.mjs bench/lambda.ts
import { startTestServer } from '../test/fixtures/clients.ts'
import { functionRole, functionsOn } from '../test/fixtures/functions.ts'

const coldStarts = 10
const warmInvocations = 500
const sideBySide = 4

const server = await startTestServer()
const functions = functionsOn(server, await functionRole(server, 'bench'))

const programs = {
  nodejs: { 'index.mjs': 'export const handler = async (event) => event' },
  python: { 'index.py': 'def handler(event, context):\n    return event' },
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

for (const [language, files] of Object.entries(programs)) {
  const cold: number[] = []
  for (let count = 0; count < coldStarts; count++) {
    const name = `${language}-${count}`
    await functions.create(name, files)
    cold.push(await timed(() => functions.invoke(name)))
  }
  const name = `${language}-0`
  await functions.invoke(name)
  const serial = await timed(async () => {
    for (let count = 0; count < warmInvocations; count++) await functions.invoke(name)
  })
  const parallel = await timed(() =>
    Promise.all(
      Array.from({ length: sideBySide }, async () => {
        for (let count = 0; count < warmInvocations / sideBySide; count++) await functions.invoke(name)
      }),
    ),
  )
  const rate = (elapsedMs: number) => `${Math.round((warmInvocations * 1000) / elapsedMs)}/s`
  console.log(
    `${language.padEnd(7)} cold start ${median(cold).toFixed(0)} ms   warm ${rate(serial)} one after another, ${rate(parallel)} ${sideBySide} side by side`,
  )
}
await server.stop()
