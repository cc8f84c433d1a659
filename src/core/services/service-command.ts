/** An addition of a service to the command line, as plain data: a command, or several under one word. */
export type ServiceCommand = CommandGroup | RunnableCommand

export interface CommandGroup {
  /** One word: `public-parameters`. */
  name: string
  description: string
  commands: readonly ServiceCommand[]
}

/** Talks to a running server. Every one has the options that say which: --endpoint, --data-dir and --dev. */
export interface RunnableCommand {
  /** One word: `import`. */
  name: string
  /** One line for the list of commands. */
  description: string
  arguments?: readonly CommandPart[]
  options?: readonly CommandPart[]
  /** Paragraphs of help beyond the description. */
  details?: string
  /** Whole command lines, for the help. */
  examples?: readonly string[]
  /** Loads what runs it; called when the command is run. */
  load(): Promise<CommandRun>
}

/** An argument or an option, in commander's form: `<file>` or `[file]`, `--region <name...>`, `--json`. */
export interface CommandPart {
  form: string
  description: string
}

/** @typeParam Options - by their names in camel case: `fromEndpoint`. */
export type CommandRun<Options = never> = (given: GivenCommand<Options>, commandLine: CommandLine) => Promise<void>

export interface GivenCommand<Options> {
  /** In order; those of a repeatable argument one after another. */
  arguments: readonly string[]
  options: Options
}

/** The functions that the command line gives to a command. */
export interface CommandLine {
  /**
   * Has the server do one of its operator's tasks, signed by the root of the data directory.
   * @returns the task's answer. @throws what `refusal` makes, when no server answers or it refuses.
   */
  askTask<Answer>(name: string, request: object): Promise<Answer>
  /** Hands on what is to be sent in parts that a request can carry, one after another, and shows how far it is. */
  sendInParts<T>(entries: readonly T[], send: (part: readonly T[]) => Promise<void>): Promise<void>
  /** Makes the error that is printed as one line and ends the command with exit code 1. */
  refusal(message: string): Error
}
