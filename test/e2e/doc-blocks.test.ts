import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { BLOCKS, type DocBlock } from '../unit/doc-blocks.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What a piece of a test takes from what stands around it. */
const AROUND: Readonly<Record<string, string>> = {
  openrestyLeak: "import openrestyLeak from 'vitest-openresty-leak'",
  test: "import { test } from 'vitest-openresty-leak/test'",
  expect: "import { expect } from 'vitest-openresty-leak/test'",
  openresty: "declare const openresty: import('vitest-openresty-leak/test').OpenrestyFixture",
  server: "declare const server: import('vitest-openresty-leak/test').OpenrestyServer",
  load: "declare const load: Awaited<ReturnType<import('vitest-openresty-leak/test').OpenrestyServer['load']>>",
  soak: 'declare function soak(): Promise<void>',
}
/** As much of the package ws as a block uses; it is not installed here. */
const WS = `declare module 'ws' {
  export class WebSocket extends (await import('node:events')).EventEmitter { constructor(url: string); send(text: string): void }
}`

/** A block as a module: what it uses and neither imports nor declares stands before it, on one line. */
function moduleOf({ text }: DocBlock): string {
  const source = ts.createSourceFile('block.ts', text, ts.ScriptTarget.Latest, true)
  const declared = new Set<string>()
  const used = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node
      const isDeclared =
        ts.isImportSpecifier(parent) ||
        ts.isImportClause(parent) ||
        ts.isVariableDeclaration(parent) ||
        ts.isBindingElement(parent)
      if (isDeclared && parent.name === node) declared.add(node.text)
      else if (!(ts.isPropertyAccessExpression(parent) && parent.name === node)) used.add(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  const around = Object.entries(AROUND).filter(([name]) => used.has(name) && !declared.has(name))
  return `${around.map(([, line]) => `${line}; `).join('')}export {}; ${text}`
}

/** What the compiler says of these texts, as files in the root of this package, which then goes by its own name. */
function faultsOf(texts: ReadonlyMap<string, string>): string[] {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowJs: true,
    types: ['node'],
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (name) => texts.has(name) || fileExists(name)
  host.readFile = (name) => texts.get(name) ?? readFile(name)
  host.getSourceFile = (name, version, ...more) => {
    const text = texts.get(name)
    return text === undefined ? getSourceFile(name, version, ...more) : ts.createSourceFile(name, text, version, true)
  }
  const program = ts.createProgram([...texts.keys()], options, host)
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || texts.has(file.fileName))
    .map(
      ({ file, messageText }) =>
        `${file?.fileName.slice(ROOT.length)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    )
}

const named = ({ at, language }: DocBlock) => `${ROOT}${at.replaceAll(/\W/g, '-')}.block.${language}`

test('each piece of TypeScript and JavaScript in the docs compiles against the package, and one with a misspelt option does not', () => {
  const blocks = BLOCKS.filter(({ language }) => language === 'ts' || language === 'js')
  expect(blocks.length).toBeGreaterThan(15)
  const misspelt = { at: 'misspelt', language: 'ts', text: "const run = await server.measure({ reqest: '/t' })" }
  const texts = new Map([...blocks, misspelt].map((block) => [named(block), moduleOf(block)]))
  expect(faultsOf(texts.set(`${ROOT}ws.d.ts`, WS))).toEqual([
    expect.stringMatching(/^misspelt\.block\.ts: .*'reqest' does not exist/),
  ])
})
