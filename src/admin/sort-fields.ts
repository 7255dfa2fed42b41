/** What entries can be sorted by. */
export const SORT_FIELDS = [
  'storedAt',
  'expiresAt',
  'ageSeconds',
  'hits',
  'bytes',
  'costMs',
  'tokens',
  'model',
  'route',
  'kind',
  'digest',
  'key',
] as const
