import { askTask, type ServerOptions } from '../server-client.ts'

interface Logs {
  invocations: readonly { timeMs: number; text: string }[]
}

/** Prints what the last invocations of a function wrote, in Lambda's form. */
export async function logs(
  functionName: string,
  options: ServerOptions & { region?: string; json?: boolean },
): Promise<void> {
  const { invocations } = await askTask<Logs>('function-logs', { functionName, region: options.region }, options)
  if (options.json) console.log(JSON.stringify(invocations, null, 2))
  else for (const { text } of invocations) console.log(text)
}
