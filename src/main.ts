#!/usr/bin/env node
import { run } from './cli/program.ts'
import { makeEverythingYoung } from './heap.ts'

// Loaded by the commands that need them: most only ask a server that runs, and are done in half the time.
const loadServer = () => import('./server.ts')
const loadProbes = () => import('./probes.ts')

process.exitCode = await run(process.argv, {
  start: async (...given) => {
    makeEverythingYoung()
    return (await loadServer()).startServer(...given)
  },
  probes: {
    readOrigin: async (config) => (await loadProbes()).readOrigin(config),
    inspectDatabase: async (config) => (await loadProbes()).inspectDatabase(config),
  },
})
