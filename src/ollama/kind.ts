/** What sort of answer a request gets; each kind has its own lifetime. */
export type Kind = 'text' | 'vision' | 'embedding'
