// After `tsc`: puts the library of shapes into `dist/json-schema.js`, one file for its 680. Loaded one by one they
// take half of what a command needs to start.
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const file = at('dist/json-schema.js')
// Its licence goes wherever its code goes.
const licence = readFileSync(at('node_modules/typebox/license'), 'utf8').trim()
const bundle = await rolldown({ input: file, platform: 'node', tsconfig: false })
await bundle.write({ file, format: 'esm', banner: `/*!\n${licence}\n*/` })
// It was that of the file which the bundle has replaced.
rmSync(`${file}.map`)
await bundle.close()
