import type { Command } from 'commander'
import {
  addServerOptions,
  createServerClient,
  type ServerFlags,
  toUnreachable,
} from './server-client.ts'
import type { Terminal } from './terminal.ts'

/** `reprise health`: exit status 0 where the server is alive, 69 where it is not; for containers. */
export function addHealthCommand(program: Command, terminal: Terminal): void {
  addServerOptions(program.command('health'))
    .description('Say whether the server is alive: exit status 0, or 69.')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ServerFlags) => {
      const client = createServerClient(flags)
      const answer = (await client.get('/reprise/health')) as { status?: unknown } | null
      if (answer?.status !== 'alive') throw toUnreachable(client.url, answer)
      terminal.print('alive')
    })
}

const EXAMPLES = `
Examples:
  reprise health
  HEALTHCHECK CMD ["reprise", "health"]`
