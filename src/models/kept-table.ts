import type { ListedModel, ModelTable } from './table.ts'

/** What survives a restart: the last known table, and which digests' templates read the date. */
export interface Kept {
  readonly table: ModelTable
  readonly dates: Readonly<Record<string, boolean>>
}

/** A text that survives a restart. */
export interface Note {
  read(): string | undefined
  write(text: string): void
}

/** A note that cannot be read, or is not one of ours, is as good as none. */
export function readKept(note: Note): Kept | undefined {
  try {
    const kept: unknown = JSON.parse(note.read() ?? 'null')
    return isKept(kept) ? kept : undefined
  } catch {
    return undefined
  }
}

/** What cannot be kept is missing only after a restart: never a reason not to answer now. */
export function writeKept(note: Note, kept: Kept): void {
  try {
    note.write(JSON.stringify(kept))
  } catch {
    // The store counts its own faults.
  }
}

function isKept(value: unknown): value is Kept {
  const kept = value as Partial<Kept> | null
  const table = kept?.table
  if (typeof table !== 'object' || table === null || !isFlags(kept?.dates)) return false
  const { version, readAt, originNow, models } = table
  const isDated = Number.isFinite(readAt) && Number.isFinite(originNow)
  return typeof version === 'string' && isDated && Array.isArray(models) && models.every(isListed)
}

function isFlags(value: unknown): value is Record<string, boolean> {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every((flag) => typeof flag === 'boolean')
}

function isListed(value: unknown): value is ListedModel {
  const model = value as Partial<ListedModel> | null
  if (typeof model?.name !== 'string' || typeof model.digest !== 'string') return false
  return model.place === 'here' || model.place === 'elsewhere'
}
