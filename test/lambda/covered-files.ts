// Started as a user that is not root: runs a server with keys outside of its data directory, and prints what a function of
// its finds where they are.
import { readFileSync } from 'node:fs'
import { startStrongroom } from '../../src/server/server.ts'
import { functionRole, functionsOn } from '../fixtures/functions.ts'

const paths = JSON.parse(process.argv[2] ?? '{}')
const server = await startStrongroom({
  dev: true,
  port: 0,
  logLevel: 'silent',
  dataDir: paths.data,
  rootKey: { kind: 'file', file: paths.key },
  tls: { certFile: paths['cert.pem'], keyFile: paths['tls.pem'] },
})
const functions = functionsOn(server, await functionRole(server, 'reader'))
const code = {
  'index.mjs': `import { readdirSync, readFileSync } from 'node:fs'
    const tried = (attempt) => { try { return attempt() } catch (error) { return error.code } }
    const { HOME, LAMBDA_TASK_ROOT, NODE_EXTRA_CA_CERTS } = process.env
    export const handler = async ({ paths, other }) => paths ? {
      data: tried(() => readdirSync(paths.data)),
      rootKey: tried(() => readFileSync(paths.key, 'utf8')),
      tlsKey: tried(() => readFileSync(paths['tls.pem'], 'utf8')),
      certificate: tried(() => readFileSync(NODE_EXTRA_CA_CERTS, 'utf8')),
      otherHome: tried(() => readdirSync(other[0])),
      otherCode: tried(() => readdirSync(other[1])),
    } : [HOME, LAMBDA_TASK_ROOT]`,
}
await functions.create('other', code)
const other = (await functions.invoke('other')).result
await functions.create('reader', code)
const { result } = await functions.invokeForObject('reader', { paths, other })
console.log(JSON.stringify({ ...result, rootKeyHasBytes: readFileSync(paths.key).length > 0 }))
await server.stop()
