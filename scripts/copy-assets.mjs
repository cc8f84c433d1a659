// Copies the programs that run Lambda functions into a build: they are not compiled. Usage: copy-runtimes.mjs DIST-FOLDER
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [, , dist] = process.argv
if (dist === undefined) throw new Error('name the folder of the build')
const runtimes = 'services/lambda/runtimes'
cpSync(fileURLToPath(new URL(`../src/${runtimes}`, import.meta.url)), join(dist, runtimes), { recursive: true })
