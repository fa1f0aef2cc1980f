import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../../plugin/base/spawn.js'
import { aFolder, scenario } from './resty-leak.js'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

/** A user's project, with this package installed in it, the two module-table scenarios as `leaking/` and `fixed/`, and these files. */
export async function aProject(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await aFolder({ 'package.json': '{ "type": "module" }', ...files })
  await mkdir(join(folder, 'node_modules'))
  await symlink(PACKAGE, join(folder, 'node_modules/vitest-openresty-leak'))
  await symlink(join(PACKAGE, 'node_modules/vitest'), join(folder, 'node_modules/vitest'))
  const only = { recursive: true, filter: (path: string) => !/\.(ts|json)$/.test(path) }
  await cp(scenario('module-table'), join(folder, 'leaking'), only)
  await cp(scenario('module-table-fixed'), join(folder, 'fixed'), only)
  return folder
}

/** The command of Vitest. */
export const VITEST_MAIN = join(PACKAGE, 'node_modules/vitest/vitest.mjs')

/** A Vitest below a Vitest must not take itself for the outer one. */
export const VITEST_ENV = {
  NO_COLOR: '1',
  VITEST: '',
  VITEST_MODE: '',
  VITEST_POOL_ID: '',
  VITEST_WORKER_ID: '',
  TEST: '',
  NODE_ENV: '',
  GITHUB_ACTIONS: '',
}

/** Runs Vitest there; `text` is all that it printed, without colours. */
export function vitest(folder: string, ...args: string[]): Promise<{ code: number | null; text: string }> {
  return vitestWith({}, folder, ...args)
}

/** The same with these environment variables. */
export async function vitestWith(
  extra: Readonly<Record<string, string>>,
  folder: string,
  ...args: string[]
): Promise<{ code: number | null; text: string }> {
  const { exitCode, stdout, stderr } = await run(process.execPath, [VITEST_MAIN, 'run', ...args], {
    cwd: folder,
    env: { ...VITEST_ENV, ...extra },
  })
  return { code: exitCode, text: `${stdout}\n${stderr}` }
}

export async function json<T>(...path: string[]): Promise<T> {
  return JSON.parse(await readFile(join(...path), 'utf8')) as T
}
