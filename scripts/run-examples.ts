// Runs every program in examples/ and fails with the first that does. Python ones get a server and its credentials.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startStrongroom } from '../src/server/server.ts'

const folder = fileURLToPath(new URL('../examples/', import.meta.url))
const hasBoto3 = spawnSync('python3', ['-c', 'import boto3']).status === 0

for (const file of readdirSync(folder).sort()) {
  if (file.endsWith('.ts')) run(process.execPath, file, {})
  if (!file.endsWith('.py')) continue
  if (!hasBoto3) {
    if (process.env.STRONGROOM_TEST_REQUIRE_CLIENTS) throw new Error('boto3 is required here and is not installed')
    console.log(`- ${file} skipped: python3 with boto3 is not installed`)
    continue
  }
  await withServer((environment) => runAsync('python3', file, environment))
}

function run(command: string, file: string, environment: Record<string, string>): void {
  const { status } = spawnSync(command, [folder + file], { stdio: 'inherit', env: { ...process.env, ...environment } })
  if (status !== 0) throw new Error(`examples/${file} failed`)
  console.log(`✓ ${file}`)
}

// The server runs in this process, so its client must not block it.
async function runAsync(command: string, file: string, environment: Record<string, string>): Promise<void> {
  const { spawn } = await import('node:child_process')
  const child = spawn(command, [folder + file], { stdio: 'inherit', env: { ...process.env, ...environment } })
  const status = await new Promise((resolve) => child.on('exit', resolve))
  if (status !== 0) throw new Error(`examples/${file} failed`)
  console.log(`✓ ${file}`)
}

async function withServer(use: (environment: Record<string, string>) => Promise<void>): Promise<void> {
  const server = await startStrongroom({ dev: true, ephemeral: true, port: 0, logLevel: 'silent' })
  try {
    await use({
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_REGION: server.region,
      AWS_DEFAULT_REGION: server.region,
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    })
  } finally {
    await server.stop()
  }
}
