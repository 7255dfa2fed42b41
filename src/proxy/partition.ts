/** Tenants do not exist yet; their part of the key and of each entry does, from the first day. */
export const PARTITION = 'default'
