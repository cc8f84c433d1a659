import assert from 'node:assert/strict'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Lambda, LambdaServiceException } from '@aws-sdk/client-lambda'
import { SecretsManager, SecretsManagerServiceException } from '@aws-sdk/client-secrets-manager'
import { SSM, SSMServiceException } from '@aws-sdk/client-ssm'
import { functionRole } from '../fixtures/functions.ts'
import type { ServerProcess } from '../fixtures/server-process.ts'
import { zipOf } from '../fixtures/zip.ts'

/** What has been given to the server under one name, one after the other. */
interface Life {
  name: string
  given: string[]
  /** How many of them were acknowledged: all, or all but the last. */
  acknowledged: number
}

const kinds = ['secret', 'parameter', 'function'] as const
type Kind = (typeof kinds)[number]

interface Clients {
  secrets: SecretsManager
  parameters: SSM
  functions: Lambda
}

/** What becomes of secrets, parameters and functions on a server that is killed again and again. */
export class ValueLives {
  readonly #lives: Record<Kind, Life[]> = { secret: [], parameter: [], function: [] }
  readonly #requestIds: Set<string>
  #role = ''

  /** @param requestIds - takes the ids of all acknowledged changes. */
  constructor(requestIds: Set<string>) {
    this.#requestIds = requestIds
  }

  /** How many of the kind of which there are fewest. */
  get size(): number {
    return Math.min(...kinds.map((kind) => this.#lives[kind].length))
  }

  /** Makes what functions need, before the first kill. */
  async prepare(server: ServerProcess): Promise<void> {
    this.#role = await functionRole(addressOf(server), 'survivor')
  }

  /** Calls until the server is gone. */
  async work(server: ServerProcess, kind: Kind): Promise<void> {
    const clients = clientsOn(server)
    const live = { secret: this.#liveSecret, parameter: this.#liveParameter, function: this.#liveFunction }[kind]
    try {
      while (true) await live.call(this, clients)
    } catch (error) {
      const refused = [
        SecretsManagerServiceException,
        SSMServiceException,
        LambdaServiceException,
        assert.AssertionError,
      ]
      if (refused.some((kindOfError) => error instanceof kindOfError)) throw error
    }
  }

  async #liveSecret({ secrets }: Clients): Promise<void> {
    const [first = '', ...more] = someValues()
    const life = this.#begin('secret')
    await this.#give(life, first, () => secrets.createSecret({ Name: life.name, SecretString: first }))
    for (const SecretString of more) {
      await this.#give(life, SecretString, () => secrets.putSecretValue({ SecretId: life.name, SecretString }))
    }
  }

  async #liveParameter({ parameters }: Clients): Promise<void> {
    const life = this.#begin('parameter')
    for (const Value of someValues()) {
      const request = { Name: life.name, Value, Type: 'SecureString', Overwrite: true } as const
      await this.#give(life, Value, () => parameters.putParameter(request))
    }
  }

  async #liveFunction({ functions }: Clients): Promise<void> {
    const life = this.#begin('function')
    for (const value of someValues()) {
      const ZipFile = await zipOf({ 'index.mjs': `export const handler = async () => '${value}'` })
      const digest = createHash('sha256').update(ZipFile).digest('base64')
      const role = { Role: this.#role, Runtime: 'nodejs22.x', Handler: 'index.handler' } as const
      const FunctionName = life.name
      await this.#give(life, digest, () =>
        life.acknowledged === 0
          ? functions.createFunction({ FunctionName, Code: { ZipFile }, ...role })
          : functions.updateFunctionCode({ FunctionName, ZipFile }),
      )
    }
  }

  #begin(kind: Kind): Life {
    const life = { name: `survivor-${randomUUID()}`, given: [], acknowledged: 0 }
    this.#lives[kind].push(life)
    return life
  }

  async #give(life: Life, value: string, change: () => Promise<{ $metadata: { requestId?: string } }>): Promise<void> {
    life.given.push(value)
    const { $metadata } = await change()
    life.acknowledged = life.given.length
    this.#requestIds.add(String($metadata.requestId))
  }

  /** What the server says after its restart of the newest of each kind, on which the kill may have fallen, and of some others. */
  async examine(server: ServerProcess): Promise<void> {
    const clients = clientsOn(server)
    for (const kind of kinds) {
      const lives = this.#lives[kind]
      const step = Math.ceil(lives.length / 10)
      const looked = lives.filter((_, place) => place % step === 0 || place >= lives.length - 10)
      for (const life of looked) await examineLife[kind](clients, life)
    }
    const whole = this.#lives.function.findLast(({ acknowledged }) => acknowledged > 0)
    if (!whole) return
    const { FunctionError } = await clients.functions.invoke({ FunctionName: whole.name })
    assert.equal(FunctionError, undefined, `${whole.name} runs`)
  }
}

/** How many of the values are there: those acknowledged, and perhaps the one that was under way. */
async function countOf(
  { given, acknowledged, name }: Life,
  newest: () => Promise<string | undefined>,
): Promise<number> {
  const found = await newest().catch((error: Error) => {
    if (/NotFound/.test(error.name)) return undefined
    throw error
  })
  const count = found === undefined ? 0 : given.indexOf(found) + 1
  assert.ok(
    count === acknowledged || count === given.length,
    `${name}: ${count} of ${given.length}, ${acknowledged} acknowledged`,
  )
  return count
}

const examineLife: Record<Kind, (clients: Clients, life: Life) => Promise<void>> = {
  async secret({ secrets }, life) {
    const SecretId = life.name
    const count = await countOf(life, async () => (await secrets.getSecretValue({ SecretId })).SecretString)
    if (count < 2) return
    const { SecretString } = await secrets.getSecretValue({ SecretId, VersionStage: 'AWSPREVIOUS' })
    assert.equal(SecretString, life.given[count - 2], `the previous value of ${life.name}`)
  },
  async parameter({ parameters }, life) {
    const request = { Name: life.name, WithDecryption: true }
    const count = await countOf(life, async () => (await parameters.getParameter(request)).Parameter?.Value)
    if (count === 0) return
    const { Parameters = [] } = await parameters.getParameterHistory(request)
    assert.deepEqual(
      Parameters.map(({ Version, Value }) => [Version, Value]),
      life.given.slice(0, count).map((value, place) => [place + 1, value]),
    )
  },
  async function({ functions }, life) {
    const FunctionName = life.name
    await countOf(life, async () => (await functions.getFunctionConfiguration({ FunctionName })).CodeSha256)
  },
}

const someValues = () => Array.from({ length: 4 }, () => randomBytes(12).toString('hex'))

const addressOf = ({ port, credentials }: ServerProcess) => ({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'us-east-1',
  // SDK clients write into the credentials they are given.
  credentials: { ...credentials, accountId: '' },
})

function clientsOn(server: ServerProcess): Clients {
  const config = { ...addressOf(server), maxAttempts: 1 }
  return { secrets: new SecretsManager(config), parameters: new SSM(config), functions: new Lambda(config) }
}
