export function reach(): string
export function listMissed(): string[]
export function measureWidths(): { content: number; window: number }
export function listContrasts(names: { texts: string[]; grounds: string[] }): number[]
export function reportPolicy(): void
