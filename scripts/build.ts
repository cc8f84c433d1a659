// Builds what is published into dist/: JavaScript, what is read or run as it is, and the types of the API in one file that
// refers to no other package.
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
// The programs that run Lambda functions, and AWS's managed policies.
const assets = ['services/lambda/runtimes', 'services/iam/managed-policies/catalogue.generated.json']

rmSync(dist, { recursive: true, force: true })
execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
for (const path of assets) cpSync(join(root, 'src', path), join(dist, path), { recursive: true })
bundleTypes()

function bundleTypes(): void {
  const types = join(dist, 'server/server.d.ts')
  const bundle = join(dist, 'bundle.txt')
  const tsconfig = join(dist, 'tsconfig.json')
  const compilerOptions = { module: 'nodenext', target: 'es2024', lib: ['es2024'], types: ['node'], skipLibCheck: true }
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions, files: ['server/server.d.ts'] }))
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(root, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: types,
      compiler: { tsconfigFilePath: tsconfig, skipLibCheck: true },
      dtsRollup: { enabled: true, untrimmedFilePath: bundle },
      apiReport: { enabled: false },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
    },
  })
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      message.handled = message.logLevel !== 'error' && message.logLevel !== 'warning'
    },
  })
  if (!succeeded) throw new Error('the declarations cannot be bundled: api-extractor says why above')
  const [foreign] = /^import .*|\bimport\(.*/m.exec(readFileSync(bundle, 'utf8')) ?? []
  if (foreign) throw new Error(`the declarations refer to another package: ${foreign}`)
  rmSync(tsconfig)
  for (const file of globSync('**/*.d.ts', { cwd: dist })) rmSync(join(dist, file))
  renameSync(bundle, types)
}
