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
const INSTALL: Readonly<Record<PackageManager, readonly [exact: string, loose: string]>> = {
  npm: ['npm ci', 'npm install'],
  pnpm: ['corepack enable && pnpm install --frozen-lockfile', 'corepack enable && pnpm install'],
  yarn: ['corepack enable && yarn install --frozen-lockfile', 'corepack enable && yarn install'],
}

/** A job that runs the leak tests for each merge. Nothing has to be installed beside npm's packages: an OpenResty is found or unpacked. */
export function ciFileText(host: CiHost, contents: CiContents): string {
  return host === 'github' ? githubText(contents) : gitlabText(contents)
}

function githubText({ manager, hasLockfile, command, folder }: CiContents): string {
  const below =
    folder === ''
      ? ''
      : `    defaults:
      run:
        working-directory: ${folder}
`
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
      - run: ${INSTALL[manager][hasLockfile ? 0 : 1]}
      - run: ${command}
      - uses: actions/upload-artifact@v4
        if: \${{ !cancelled() }}
        with:
          name: openresty-leak
          path: ${below === '' ? '' : `${folder}/`}.vitest/openresty-leak
          include-hidden-files: true
          if-no-files-found: ignore
`
}

function gitlabText({ manager, hasLockfile, command, folder }: CiContents): string {
  const below =
    folder === ''
      ? ''
      : `    - cd ${folder}
`
  return `leak-tests:
  image: node:22-bookworm
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
${below}    - ${INSTALL[manager][hasLockfile ? 0 : 1]}
    - ${command}
  artifacts:
    when: always
    paths:
      - ${folder === '' ? '' : `${folder}/`}.vitest/openresty-leak
`
}
