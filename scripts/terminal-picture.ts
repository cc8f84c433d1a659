// Draws docs/images/denial.svg, the picture of a terminal in the README, from the text beside it. With --check it changes nothing,
// and fails where the picture is not that of the text. Usage: node scripts/run.mjs scripts/terminal-picture.ts [--check]
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../docs/images/', import.meta.url))
const lines = readFileSync(`${folder}denial.txt`, 'utf8').trimEnd().split('\n')

const character = { width: 7.83, height: 19 }
const margin = { side: 18, top: 46, bottom: 18 }

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function colourOf(line: string): string {
  if (line.startsWith('$ ')) return '#7ee787'
  if (/^(An error occurred|authorized to perform|kms:Decrypt action|Denied:)/.test(line)) return '#ffa198'
  if (/^(Looked at|Nearly allowed|What would help):/.test(line)) return '#79c0ff'
  return '#e6edf3'
}

function draw(): string {
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * character.width) + 2 * margin.side
  const height = margin.top + lines.length * character.height + margin.bottom
  const texts = lines.flatMap((line, row) => {
    const y = margin.top + (row + 0.75) * character.height
    // Spaces at the beginning are kept by their place: not every viewer keeps them in the text.
    const x = margin.side + (line.length - line.trimStart().length) * character.width
    return line.trim() === ''
      ? []
      : [`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${colourOf(line)}">${escaped(line.trimStart())}</text>`]
  })
  const buttons = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, place) => `<circle cx="${22 + place * 20}" cy="22" r="6" fill="${fill}"/>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>A denied call, explained</title>',
    `<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>`,
    ...buttons,
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13" xml:space="preserve">',
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

const picture = `${folder}denial.svg`
if (!process.argv.includes('--check')) writeFileSync(picture, draw())
else if (readFileSync(picture, 'utf8') !== draw()) {
  console.error(
    'docs/images/denial.svg is not the picture of its text: run node scripts/run.mjs scripts/terminal-picture.ts',
  )
  process.exitCode = 1
} else console.log('✓ the picture in the README is that of its text')
