#!/usr/bin/env node
import { program } from './program.js'

// `resty-leak run ... | head` closes our stdout early; that is the reader's right, and the exit code still counts.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await program(process.argv.slice(2), { out: process.stdout, err: process.stderr, env: process.env })
