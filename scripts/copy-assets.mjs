// Copies into a build what is read or run and not compiled: the programs that run Lambda functions, the managed policies of
// AWS. Usage: copy-assets.mjs DIST-FOLDER
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [, , dist] = process.argv
if (dist === undefined) throw new Error('name the folder of the build')
for (const path of ['services/lambda/runtimes', 'services/iam/managed-policies/catalogue.generated.json']) {
  cpSync(fileURLToPath(new URL(`../src/${path}`, import.meta.url)), join(dist, path), { recursive: true })
}
