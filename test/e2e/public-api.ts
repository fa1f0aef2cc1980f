import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import ts from 'typescript'

/** A declaration as users' editors show it, and where its file finds the names that it uses. */
interface Declared {
  readonly text: string
  readonly file: string
  readonly names: readonly string[]
}

/**
 * Everything that users can name: what the entries export and each type that those name, in the words of the declaration files, without comments.
 * @param entries declaration files that package.json exports, absolute
 */
export function publicApi(entries: readonly string[]): string {
  const files: Files = new Map()
  const exported = entries.map((entry) => `${basename(entry)}: ${exportsOf(files, entry).sort().join(', ')}`)
  const seen = new Map<string, string>()
  for (const entry of entries) {
    for (const name of exportsOf(files, entry)) collect(files, entry, name, seen)
  }
  return `${exported.join('\n')}\n\n${[...seen.values()].sort().join('\n\n')}\n`
}

/** What a file declares, what it takes from other files, and what it exports; by name. */
interface DeclarationFile {
  readonly declared: ReadonlyMap<string, readonly Declared[]>
  readonly imported: ReadonlyMap<string, { readonly file: string; readonly name: string }>
  readonly exported: ReadonlyMap<string, { readonly file: string; readonly name: string }>
}

/** Those that were read so far, by their path. */
type Files = Map<string, DeclarationFile>

const printer = ts.createPrinter({ removeComments: true })

function declarationsOf(files: Files, file: string): DeclarationFile {
  const known = files.get(file) ?? readDeclarations(file, readFileSync(file, 'utf8'))
  files.set(file, known)
  return known
}

function readDeclarations(file: string, text: string): DeclarationFile {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const declared = new Map<string, Declared[]>()
  const imported = new Map<string, { file: string; name: string }>()
  const exported = new Map<string, { file: string; name: string }>()
  const from = (specifier: ts.Expression | undefined) =>
    specifier && ts.isStringLiteral(specifier) && specifier.text.startsWith('.')
      ? resolve(dirname(file), specifier.text.replace(/\.js$/, '.d.ts'))
      : undefined
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) {
      const target = from(statement.moduleSpecifier)
      const bindings = statement.importClause?.namedBindings
      if (!target || !bindings || !ts.isNamedImports(bindings)) continue
      for (const { name, propertyName } of bindings.elements)
        imported.set(name.text, { file: target, name: (propertyName ?? name).text })
    } else if (ts.isExportDeclaration(statement)) {
      if (!statement.exportClause || !ts.isNamedExports(statement.exportClause)) continue
      const target = from(statement.moduleSpecifier) ?? file
      for (const { name, propertyName } of statement.exportClause.elements)
        exported.set(name.text, { file: target, name: (propertyName ?? name).text })
    } else {
      for (const name of namesOf(statement)) {
        const names = identifiersOf(statement)
        const one = { text: textOf(statement, source), file, names }
        declared.set(name, [...(declared.get(name) ?? []), one])
        const isExported = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.length
        if (isExported) exported.set(name, { file, name })
      }
    }
  }
  return { declared, imported, exported }
}

function textOf(statement: ts.Statement, source: ts.SourceFile): string {
  return printer.printNode(ts.EmitHint.Unspecified, statement, source).replace(/^export (?:default )?/, '')
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  }
  if (ts.isModuleDeclaration(statement)) return [`module ${statement.name.getText()}`]
  const { name } = statement as ts.Statement & { readonly name?: ts.Identifier }
  return name ? [name.text] : []
}

function identifiersOf(node: ts.Node): string[] {
  const names = new Set<string>()
  const visit = (child: ts.Node) => {
    if (ts.isIdentifier(child)) names.add(child.text)
    ts.forEachChild(child, visit)
  }
  visit(node)
  return [...names]
}

function exportsOf(files: Files, file: string): string[] {
  const { exported, declared } = declarationsOf(files, file)
  return [...exported.keys(), ...[...declared.keys()].filter((name) => name.startsWith('module '))]
}

/** Adds a name's declarations, and those of all names in them. */
function collect(files: Files, file: string, name: string, seen: Map<string, string>): void {
  const known = declarationsOf(files, file)
  const elsewhere = known.imported.get(name) ?? known.exported.get(name)
  if (elsewhere && (elsewhere.file !== file || elsewhere.name !== name)) {
    collect(files, elsewhere.file, elsewhere.name, seen)
    return
  }
  for (const { text, names } of known.declared.get(name) ?? []) {
    const key = `${file} ${text}`
    if (seen.has(key)) continue
    seen.set(key, text)
    for (const other of names) if (other !== name) collect(files, file, other, seen)
  }
}
