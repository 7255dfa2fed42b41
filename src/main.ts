#!/usr/bin/env node
import { run } from './cli/program.ts'
import { startServer } from './server.ts'

process.exitCode = await run(process.argv, startServer)
