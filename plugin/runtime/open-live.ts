import { LiveNginx, type LiveTarget } from './live.js'
import { livePlaceHere } from './live-process.js'

/**
 * The nginx that a target means. Nothing is read yet.
 * @throws RuntimeError `RUNTIME_NO_ENGINE`, or `RUNTIME_STOPPED` for a container that does not run; WalkerError `WALKER_MISSING`
 */
export async function openLive(target: LiveTarget): Promise<LiveNginx> {
  if ('pid' in target) return new LiveNginx(livePlaceHere(`process ${target.pid}`), target.pid)
  // Loaded on demand, since the container libraries take long to load.
  const [{ runningContainer }, { livePlaceIn }] = await Promise.all([
    import('./container.js'),
    import('./live-container.js'),
  ])
  return new LiveNginx(await livePlaceIn(await runningContainer(target.container)))
}
