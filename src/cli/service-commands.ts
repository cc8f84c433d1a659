import type { Command } from 'commander'
import type { RunnableCommand, ServiceCommand } from '../core/services/service-command.ts'
import { dataDirOption, devOption, endpointOption, examples } from './options.ts'

/** Adds commands of services to a command. @throws Error for a word that is taken. */
export function addServiceCommands(parent: Command, commands: readonly ServiceCommand[]): void {
  for (const added of commands) {
    const command = parent.command(added.name).description(added.description)
    if ('commands' in added) addServiceCommands(command, added.commands)
    else complete(command, added)
  }
}

function complete(command: Command, { arguments: given = [], options = [], load, ...help }: RunnableCommand): void {
  for (const { form, description } of given) command.argument(form, description)
  for (const { form, description } of options) command.option(form, description)
  command.addOption(endpointOption()).addOption(dataDirOption()).addOption(devOption())
  command.addHelpText('after', helpOf(help))
  command.action(async () => {
    const [run, { commandLineFor }] = await Promise.all([load(), import('./command-line.ts')])
    const values = command.opts()
    // The options are those that the command declared: it says itself of what type they are.
    await run({ arguments: command.args, options: values as never }, commandLineFor(values))
  })
}

const helpOf = ({ details, examples: lines = [] }: Pick<RunnableCommand, 'details' | 'examples'>) =>
  [...(details ? [`\n${details}`] : []), ...(lines.length > 0 ? [examples(...lines)] : [])].join('\n')
