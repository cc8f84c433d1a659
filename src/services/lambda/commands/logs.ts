import type { CommandRun } from '../../../core/services/service-command.ts'

interface Logs {
  invocations: readonly { timeMs: number; text: string }[]
}

/** Prints what the last invocations of a function wrote, in Lambda's form. */
export const logs: CommandRun<{ region?: string; json?: boolean }> = async (
  { arguments: [functionName], options: { region, json } },
  { askTask },
) => {
  const { invocations } = await askTask<Logs>('function-logs', { functionName, region })
  if (json) console.log(JSON.stringify(invocations, null, 2))
  else for (const { text } of invocations) console.log(text)
}
