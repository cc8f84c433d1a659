import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { clientsOf } from '../fixtures/clients.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { type PasswordService, passwordService, permit, rotationFunction } from '../rotation/fixture.ts'
import { labels, read } from '../secrets-manager/fixture.ts'

/** Where a rotation can be when the server is killed: a step not begun yet, or done and not written down. */
export const places = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'].flatMap((step) => [
  `${step}/before`,
  `${step}/after`,
])

/** Kills the server at each of the places, starts it again, and looks whether the rotation ends well. */
export async function rotationSurvivesKills(at: readonly string[]): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-rotation-'))
  const service = await passwordService('start')
  let server = await startServerProcess(dataDir, { args: ['--dev'] })
  try {
    const first = addressOf(server)
    const SecretString = JSON.stringify({ username: 'app', password: 'start' })
    await clientsOf(first).secrets.send(new CreateSecretCommand({ Name: 'app', SecretString }))
    const RotationLambdaARN = await rotationFunction(first, 'rotate', service, { reportsSteps: true })
    await permit(first, 'rotate')
    for (const [round, place] of at.entries()) {
      const reached = firstTimeAt(service, place)
      const { secrets } = clientsOf(addressOf(server))
      const { VersionId = '' } = await secrets.send(new RotateSecretCommand({ SecretId: 'app', RotationLambdaARN }))
      await reached
      await server.kill()
      server = await startServerProcess(dataDir, { args: ['--dev'] })
      // The clock begins at the time of day again, and the last round had moved it.
      await advance(server, 120 * (round + 1))
      const after = clientsOf(addressOf(server)).secrets
      const { SecretString = '' } = await read(after, 'app', { VersionId })
      assert.equal(JSON.parse(SecretString).password, service.passwords.at(-1), `killed at ${place}`)
      const stages = await labels(after, 'app')
      assert.ok(stages?.[VersionId]?.includes('AWSCURRENT'), `killed at ${place}: ${JSON.stringify(stages)}`)
      assert.equal(
        Object.values(stages ?? {})
          .flat()
          .filter((label) => label === 'AWSCURRENT').length,
        1,
      )
    }
    assert.equal(service.passwords.length, at.length + 1, 'each rotation has changed the password once')
    assert.equal(await server.stop(), 0)
  } finally {
    await server.kill()
    await service.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const addressOf = ({ port, credentials }: ServerProcess) => ({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'us-east-1',
  // SDK clients write into the credentials they are given.
  credentials: { ...credentials, accountId: '000000000000' },
})

/** Resolves when a function gets to a place; there it waits for an answer that never comes. Later ones pass. */
function firstTimeAt(service: PasswordService, place: string): Promise<void> {
  return new Promise((resolve) => {
    service.onStep = (there) => {
      if (there !== place) return Promise.resolve()
      service.onStep = undefined
      resolve()
      return new Promise(() => {})
    }
  })
}

async function advance({ port }: ServerProcess, advanceSeconds: number): Promise<void> {
  const request = { method: 'POST', body: JSON.stringify({ advanceSeconds }) }
  const { status } = await fetch(`http://127.0.0.1:${port}/_strongroom/clock`, request)
  assert.equal(status, 200)
}
