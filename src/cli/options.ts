import { Option } from 'commander'

export const dataDirOption = () =>
  new Option(
    '--data-dir <dir>',
    'where the server keeps its data (default: ~/.strongroom/data, ~/.strongroom/dev with --dev)',
  )

export const devOption = () => new Option('--dev', 'the development server')

export const endpointOption = () =>
  new Option('--endpoint <url>', 'the server to ask (default: the one that runs on the data directory)')

/** Examples as help shows them, one on a line. */
export const examples = (...lines: readonly string[]) =>
  ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n')
