#!/usr/bin/env node
import module from 'node:module'

// From Node 22 on what was compiled once is kept, by user, among the temporary files: a sixth of a start. Node 20's types do not know it.
;(module as { enableCompileCache?: () => unknown }).enableCompileCache?.()
const { program } = await import('./program.js')

// `resty-leak run ... | head` closes our stdout early; that is the reader's right, and the exit code still counts.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await program(process.argv.slice(2), { out: process.stdout, err: process.stderr, env: process.env })
