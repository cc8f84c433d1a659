import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceDefinition } from '../core/services/service-definition.ts'
import type { ListedService, ServiceHost, ServiceInstance } from '../core/services/service-module.ts'
import { StoppedError } from '../core/stopped-error.ts'
import { Services } from './services.ts'

const definition = { name: 'late', operations: {} } as unknown as ServiceDefinition
const host = { store: {} } as ServiceHost

/** A service whose code arrives when the test says so; and what has ended in it. */
function lateService() {
  const ended: string[] = []
  const arrival = Promise.withResolvers<void>()
  const instance = {
    interrupt: async () => void ended.push('interrupted'),
    stop: async () => void ended.push('stopped'),
  } as unknown as ServiceInstance
  const listed: ListedService = {
    manifest: { outline: { head: definition } },
    load: async () => {
      await arrival.promise
      return { definition, open: () => instance }
    },
  }
  return { listed, arrival, ended }
}

test('a service that is being loaded when the server stops is ended as well', async () => {
  const { listed, arrival, ended } = lateService()
  const services = await Services.open([listed], host, {})
  const [service] = services.offered
  const opening = service?.open()
  const interrupted = services.interrupt()
  arrival.resolve()
  await opening
  await interrupted
  await services.stop()
  assert.deepEqual(ended, ['interrupted', 'stopped'])
})

test('no service is loaded after the server was stopped, and one that fails to load does not keep it from stopping', async () => {
  const { listed, arrival, ended } = lateService()
  const services = await Services.open([listed], host, {})
  const [service] = services.offered
  const opening = assert.rejects(service?.open() ?? Promise.resolve(), /no such file/)
  const interrupted = services.interrupt()
  arrival.reject(new Error('no such file'))
  await Promise.all([opening, interrupted])
  await assert.rejects(service?.open() ?? Promise.resolve(), StoppedError)
  await services.stop()
  assert.deepEqual(ended, [])
})
