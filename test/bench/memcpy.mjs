// How fast this machine copies memory: the yardstick for the walker. Run as a worker it copies its half.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

function copyMs(from, to) {
  const start = performance.now()
  to.set(from)
  return performance.now() - start
}

/** Median milliseconds for one thread, and for two with half each, to copy `bytes`. */
export async function memcpyMs(bytes, repeats = 7) {
  const from = new Uint8Array(new SharedArrayBuffer(bytes)).fill(1)
  const to = new Uint8Array(new SharedArrayBuffer(bytes)).fill(2)
  const half = bytes >> 1
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { from: from.subarray(half), to: to.subarray(half) },
  })
  const one = []
  const two = []
  for (let i = 0; i < repeats; i++) {
    one.push(copyMs(from, to))
    const start = performance.now()
    const done = new Promise((resolve) => worker.once('message', resolve))
    worker.postMessage('copy')
    copyMs(from.subarray(0, half), to.subarray(0, half))
    await done
    two.push(performance.now() - start)
  }
  await worker.terminate()
  return { one: median(one), two: median(two) }
}

if (!isMainThread && workerData?.from) {
  parentPort.on('message', () => {
    workerData.to.set(workerData.from)
    parentPort.postMessage('done')
  })
}
