import { ask, askJson, dataDirectoryOf, endpointOf, type ServerOptions } from '../server-client.ts'
import { UserError } from '../user-error.ts'

export async function status(options: ServerOptions): Promise<void> {
  const endpoint = endpointOf(options)
  const { version } = await askJson<{ version: string }>(endpoint, '/_strongroom/health')
  const ready = await ask(endpoint, '/_strongroom/ready')
  const { reason } = (await ready.json()) as { reason?: string }
  const announced = dataDirectoryOf(options).readAnnouncement()
  console.log(`endpoint  ${endpoint}`)
  console.log(`version   ${version}`)
  if (announced?.endpoint === endpoint) {
    console.log(`process   ${announced.pid}`)
    console.log(`data      ${dataDirectoryOf(options).path}`)
  }
  console.log(`state     ${reason ? `not ready: ${reason}` : 'ready'}`)
  if (reason) throw new UserError('the server answers, but cannot take work now.')
}
