import { program } from '../../plugin/cli/program.js'

const HEAD = `<!-- Made from the command's own help by docs/reference/commands.ts; npm run docs:reference writes it anew. -->
# Commands

What \`npx resty-leak --help\` and \`npx resty-leak COMMAND --help\` print. The options of tests are in [api.md](api.md).

## Exit codes

Of \`run\`, \`watch\`, \`compare\` and \`doctor\`; the commands that only show end with 0, 2 or 3.

| code | |
|---|---|
| 0 | passed |
| 1 | a growth that nothing covers, or a violated budget or threshold |
| 2 | wrong arguments, before anything started |
| 3 | could not measure: invalid, inconclusive, OpenResty did not start, or a report could not be written |
| 130 | interrupted; a \`watch\` ends with what was seen, and with 130 only where nothing was decided yet |

\`--json FILE\` writes the whole report, also on 1 and 3. With \`--bisect\` a run ends as \`git bisect run\` wants it: [bisect.md](bisect.md). \`comment\` ends with 3 where it should have commented and could not, and with 0 whatever the reports say.`

/** docs/commands.md, made from what the command prints. */
export async function commandsPage(): Promise<string> {
  const overview = await help([])
  const names = [...overview.matchAll(/^ {2}([a-z]+) (?:\[options\]|<)/gm)].map(([, name]) => name!)
  const sections = await Promise.all(names.map(async (name) => `## ${name}\n\n${block(await help([name]))}`))
  return `${[HEAD, `## All commands\n\n${block(overview)}`, ...sections].join('\n\n')}\n`
}

async function help(command: readonly string[]): Promise<string> {
  const written: string[] = []
  const out = { write: (text: string) => written.push(text) > 0 }
  const code = await program([...command, '--help'], { out, err: out, env: {} })
  if (code !== 0) throw new Error(`resty-leak ${command.join(' ')} --help ended with ${code}: ${written.join('')}`)
  return written.join('')
}

function block(text: string): string {
  return `\`\`\`\n${text.trimEnd()}\n\`\`\``
}
