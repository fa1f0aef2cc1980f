import type { CiHost, PackageManager } from './picture.js'

export interface CiContents {
  readonly manager: PackageManager
  readonly hasLockfile: boolean
  /** What runs the tests, such as `npx vitest run --project leak`. */
  readonly command: string
  /** The project's folder, from the repository's; empty where they are the same. */
  readonly folder: string
}

/** How a machine that has nothing but the repository installs what the project names. */
const INSTALL: Readonly<Record<PackageManager, { readonly exact: string; readonly loose: string }>> = {
  npm: { exact: 'npm ci', loose: 'npm install' },
  pnpm: { exact: 'corepack enable && pnpm install --frozen-lockfile', loose: 'corepack enable && pnpm install' },
  yarn: { exact: 'corepack enable && yarn install --frozen-lockfile', loose: 'corepack enable && yarn install' },
}

/** Where the plugin writes its reports, from the project's folder. */
const REPORTS = '.vitest/openresty-leak'

/** A job that runs the leak tests for each merge. Nothing has to be installed beside npm's packages: an OpenResty is found or unpacked. */
export function ciFileText(host: CiHost, contents: CiContents): string {
  const { manager, hasLockfile, command, folder } = contents
  const job = {
    install: INSTALL[manager][hasLockfile ? 'exact' : 'loose'],
    command,
    folder,
    reports: folder === '' ? REPORTS : `${folder}/${REPORTS}`,
  }
  return host === 'github' ? githubText(job) : gitlabText(job)
}

interface Job {
  readonly install: string
  readonly command: string
  /** From the repository's; empty where they are the same. */
  readonly folder: string
  /** From there, too. */
  readonly reports: string
}

function githubText({ install, command, folder, reports }: Job): string {
  const below = folder === '' ? '' : `    defaults:\n      run:\n        working-directory: ${folder}\n`
  return `name: leak tests
on:
  pull_request:
  push:
    branches: [main, master]
permissions:
  contents: read
jobs:
  leak:
    runs-on: ubuntu-latest
${below}    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - run: ${install}
      - run: ${command}
      - uses: actions/upload-artifact@v4
        if: \${{ !cancelled() }}
        with:
          name: openresty-leak
          path: ${reports}
          include-hidden-files: true
          if-no-files-found: ignore
`
}

function gitlabText({ install, command, folder, reports }: Job): string {
  const below = folder === '' ? '' : `    - cd ${folder}\n`
  return `leak-tests:
  image: node:22-bookworm
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
${below}    - ${install}
    - ${command}
  artifacts:
    when: always
    paths:
      - ${reports}
`
}
