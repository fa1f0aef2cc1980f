// Boots nginx on this machine and ends as a process does that is killed: without a chance to clean up.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const { module } = await runnerImport(fileURLToPath(new URL('../../../plugin/runtime/boot.ts', import.meta.url)))
const runtime = await module.bootRuntime({ conf: process.argv[2], runtime: 'local' })
const [worker] = await runtime.workers()
process.stdout.write(`${worker.pid} ${runtime.url}\n`, () => process.kill(process.pid, 'SIGKILL'))
