import type { CommandGroup } from './store-options.ts'

/** Adds a group of commands. Without the name of one it lists, so a group has a default command `list`. */
export function commandGroup(program: CommandGroup, name: string, description: string): CommandGroup {
  return program
    .command(name)
    .description(description)
    .addHelpText(
      'after',
      `\nWithout a command it lists; the options are those of: eventfold ${name} list --help`,
    )
}
