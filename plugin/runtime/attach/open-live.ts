import { LiveNginx, type LiveTarget } from '../../heapwalk/live.js'
import { placeHere } from '../../heapwalk/place-here.js'
import { WalkerError } from '../../heapwalk/walker-error.js'

/**
 * The nginx that a target means. Nothing is read yet.
 * @throws RuntimeError `RUNTIME_NO_ENGINE`, or `RUNTIME_STOPPED` for a container that does not run;
 * WalkerError `WALKER_CANNOT_READ` for a process of a machine that is no Linux, or `WALKER_MISSING`
 */
export async function openLive(target: LiveTarget): Promise<LiveNginx> {
  if ('pid' in target) {
    if (process.platform !== 'linux') {
      throw new WalkerError(
        'WALKER_CANNOT_READ',
        `cannot read process ${target.pid}: only Linux shows what a process holds, and this is ${process.platform}. Name the container that nginx runs in instead.`,
      )
    }
    return new LiveNginx(placeHere(`process ${target.pid}`), target.pid)
  }
  // Loaded on demand, since the container libraries take long to load.
  const [{ runningContainer }, { placeInContainer }] = await Promise.all([
    import('../container/container.js'),
    import('../../heapwalk/place-in-container.js'),
  ])
  return new LiveNginx(await placeInContainer(await runningContainer(target.container)))
}
