/**
 * While it lives, ends this process once the one that forked it is gone: Vitest's forks outlive a Vitest that is interrupted,
 * and would load on for minutes. What this process has started ends with it, so killing it is enough, and Vitest lets no test call exit().
 */
export class EndWithParent implements Disposable {
  constructor() {
    if (process.connected) process.once('disconnect', end)
  }

  [Symbol.dispose](): void {
    process.off('disconnect', end)
  }
}

function end(): void {
  process.kill(process.pid, 'SIGKILL')
}
