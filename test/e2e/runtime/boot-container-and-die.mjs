// Boots a container and ends as a process does that is killed: without a chance to clean up.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const { module } = await runnerImport(
  fileURLToPath(new URL('../../../plugin/runtime/container/container.ts', import.meta.url)),
)
const runtime = await module.startContainer({ conf: process.argv[2], runtime: 'container' })
process.stdout.write(`${process.pid} ${runtime.url}\n`, () => process.kill(process.pid, 'SIGKILL'))
