// Compiled against the installed package: what a program says of its API.
import {
  type AwsEvent,
  ConfigError,
  type DevelopmentAdministrator,
  type EventSubscriber,
  type Strongroom,
  type StrongroomOptions,
  startStrongroom,
} from 'strongroom'

const options: StrongroomOptions = { dev: true, ephemeral: true, port: 0, settings: { 'kms.import': 'any' } }
const events: AwsEvent[] = []
const subscriber: EventSubscriber = (event) => {
  events.push(event)
}

export async function use(): Promise<[string, DevelopmentAdministrator | undefined]> {
  const server: Strongroom = await startStrongroom(options)
  const end = server.onEvent(subscriber)
  await server.advance(60)
  end()
  await server.stop()
  return [server.credentials.secretAccessKey, server.administrator]
}

export const isRefusal = (thrown: unknown): thrown is ConfigError => thrown instanceof ConfigError

// @ts-expect-error - a setting of another kind is a mistake that the types know.
export const wrong: StrongroomOptions = { settings: { 'kms.import': 'none' } }
