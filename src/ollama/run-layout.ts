/** Bytes of a number. */
export const WORD = 4
/** Count of the frames, and their bytes. */
export const HEAD_BYTES = 2 * WORD
/** What a span is. */
export const KIND_BYTES = 1
/** Kind; count of the frames, their bytes, those of the model, of the lengths, and of what is said. */
export const RUN_HEAD_BYTES = KIND_BYTES + 5 * WORD
/** Seconds since the epoch, and nanoseconds. */
export const FIRST_INSTANT_BYTES = 2 * WORD
/** What stands instead of a length that is not below, which follows. */
export const LONG = 255
/** The kind of a frame by itself. */
export const SINGLE = 0
/** Kinds of runs are numbered from 1 on, in this order; those that think behind those that speak. */
export const NAMES = ['response', 'content'] as const
/** The last kind. */
export const LAST_KIND = 2 * NAMES.length
