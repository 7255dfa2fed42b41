/**
 * Shapes: what data from outside must look like, as types, as checks and as JSON Schema. The only module that
 * knows the library: its 680 files take longer to load than everything else of a command together, so that the
 * build makes one of them, in this module's place (`scripts/bundle-json-schema.mjs`).
 */
export { type Static, type TObject, type TSchema, Type } from 'typebox'
export { Check } from 'typebox/schema'
/** A value as its shape wants it, where that is certain: the text `50` as a number. */
export { Convert } from 'typebox/value'
