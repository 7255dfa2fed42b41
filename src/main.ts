#!/usr/bin/env node
import { run } from './cli/program.ts'
import { inspectDatabase, readOrigin } from './probes.ts'
import { startServer } from './server.ts'

process.exitCode = await run(process.argv, {
  start: startServer,
  probes: { readOrigin, inspectDatabase },
})
