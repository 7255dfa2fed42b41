import { type Command, InvalidArgumentError } from 'commander'
import { toSeconds } from '../config/lifetimes.ts'
import { DURATION, DURATION_ALLOWED } from '../config/shapes.ts'
import { Check } from '../json-schema.ts'

/** What a person says of the entries that are meant. Durations are in seconds. */
export interface FilterFlags {
  readonly key?: string
  readonly prefix?: string
  readonly model?: string
  readonly digest?: string
  readonly route?: string
  readonly kind?: string
  readonly olderThan?: number
  readonly newerThan?: number
  readonly minBytes?: string
  readonly maxBytes?: string
  readonly minHits?: string
  readonly maxHits?: string
}

/** Adds the options that say which entries are meant; entries have to match all that are given. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--key <key>', 'The entry with this key.')
    .option('--prefix <digits>', 'Entries whose key begins with these digits.')
    .option('--model <name>', 'Entries of a model.')
    .option('--digest <digest>', 'Entries of a model, by its digest.')
    .option('--route <path>', 'Entries of a route, as /api/chat.')
    .option('--kind <kind>', 'Entries of a kind: text, vision or embedding.')
    .option('--older-than <duration>', 'Entries stored longer ago than this, as 7d.', readDuration)
    .option('--newer-than <duration>', 'Entries stored since then, as 1h.', readDuration)
    .option('--min-bytes <bytes>', 'Entries of at least so many bytes.')
    .option('--max-bytes <bytes>', 'Entries of at most so many bytes.')
    .option('--min-hits <hits>', 'Entries given at least so often.')
    .option('--max-hits <hits>', 'Entries given at most so often.')
}

/** Seconds of a duration as it is typed, as `7d` or `90`. */
function readDuration(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : text
  if (Check(DURATION, value)) return toSeconds(value)
  throw new InvalidArgumentError(`allowed: ${DURATION_ALLOWED}`)
}

/** The flags as the server's parameters; those nobody gave are left out. */
export function toFilterParameters(flags: FilterFlags): Record<string, string> {
  const named = {
    key: flags.key,
    prefix: flags.prefix,
    model: flags.model,
    digest: flags.digest,
    route: flags.route,
    kind: flags.kind,
    olderThanSeconds: flags.olderThan,
    newerThanSeconds: flags.newerThan,
    minBytes: flags.minBytes,
    maxBytes: flags.maxBytes,
    minHits: flags.minHits,
    maxHits: flags.maxHits,
  }
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  )
}
