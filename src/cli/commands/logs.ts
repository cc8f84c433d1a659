import { askJson, endpointOf, type ServerOptions, signedHeaders } from '../server-client.ts'

interface Logs {
  invocations: readonly { timeMs: number; text: string }[]
}

/** Prints what the last invocations of a function wrote, in Lambda's form. */
export async function logs(
  functionName: string,
  options: ServerOptions & { region?: string; json?: boolean },
): Promise<void> {
  const endpoint = endpointOf(options)
  const path = '/_strongroom/function-logs'
  const body = JSON.stringify({ functionName, region: options.region })
  const headers = await signedHeaders(endpoint, path, options, body)
  const { invocations } = await askJson<Logs>(endpoint, path, { method: 'POST', headers, body })
  if (options.json) console.log(JSON.stringify(invocations, null, 2))
  else for (const { text } of invocations) console.log(text)
}
