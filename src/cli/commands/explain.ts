import { askJson, endpointOf, type ServerOptions, signedHeaders } from '../server-client.ts'

interface Denial {
  timeMs: number
  service: string
  operation: string
  message: string
  explanation: { text: string }
}

export async function explain(requestId: string, options: ServerOptions & { json?: boolean }): Promise<void> {
  const endpoint = endpointOf(options)
  const path = `/_strongroom/explain/${encodeURIComponent(requestId)}`
  const denial = await askJson<Denial>(endpoint, path, { headers: signedHeaders(endpoint, path, options) })
  if (options.json) {
    console.log(JSON.stringify(denial, null, 2))
    return
  }
  const { timeMs, service, operation, message, explanation } = denial
  console.log(`${service}:${operation} at ${new Date(timeMs).toISOString()}`)
  console.log(`${message}\n`)
  console.log(explanation.text)
}
