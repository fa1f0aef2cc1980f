import { dirname, resolve } from 'node:path'
import ts from 'typescript'

/** One option or field, as its declaration has it. */
export interface Member {
  readonly name: string
  /** As it is written in the declaration. */
  readonly type: string
  readonly isOptional: boolean
  /** Its docstring in one line; empty where it has none. */
  readonly text: string
}

/** A function or method. */
export interface Callable {
  /** `measure(input: PlanInput): Promise<LeakRun>` */
  readonly signature: string
  readonly text: string
  /** What its docstring says that it throws; absent where it says nothing. */
  readonly throws?: string
}

/** Reads declarations from source files, by file and name, as the compiler resolves them. */
export class Declarations {
  readonly #program: ts.Program
  readonly #checker: ts.TypeChecker

  /**
   * @param files absolute paths
   * @param isNeeded whether to read a file that one of them imports; the types of all others are known by name only, which spares reading
   * the whole plugin and its packages
   */
  constructor(files: readonly string[], isNeeded: (file: string) => boolean) {
    const options = { target: ts.ScriptTarget.ES2023, lib: ['lib.es5.d.ts'], types: [], strict: true }
    const host = ts.createCompilerHost(options)
    host.resolveModuleNameLiterals = (literals, from) =>
      literals.map(({ text }) => {
        const file = resolve(dirname(from), text.replace(/\.js$/, '.ts'))
        const isRead = text.startsWith('.') && (files.includes(file) || isNeeded(file))
        return { resolvedModule: isRead ? { resolvedFileName: file, extension: ts.Extension.Ts } : undefined }
      })
    this.#program = ts.createProgram({ rootNames: [...files], options, host })
    this.#checker = this.#program.getTypeChecker()
  }

  /** What an interface or an alias says of itself. */
  text(file: string, name: string): string {
    return this.#text(this.#symbol(file, name))
  }

  /** What must be given first, then what may be of the declarations that this one extends, then of its own; each as it is declared. */
  members(file: string, name: string): Member[] {
    const type = this.#checker.getDeclaredTypeOfSymbol(this.#symbol(file, name))
    const members = type.getApparentProperties().filter((member) => isPublic(declarationOf(member)))
    const isInherited = (member: ts.Symbol) => declarationOf(member)?.getSourceFile().fileName !== file
    const isOptional = (member: ts.Symbol) => (member.flags & ts.SymbolFlags.Optional) !== 0
    const rank = (member: ts.Symbol) => (isOptional(member) ? (isInherited(member) ? 1 : 2) : 0)
    return members
      .sort((a, b) => rank(a) - rank(b))
      .map((member) => ({
        name: member.name,
        type: this.#typeText(declarationOf(member)),
        isOptional: isOptional(member),
        text: this.#text(member),
      }))
  }

  /** The public methods of a class or an interface, in their order. */
  methods(file: string, name: string): Callable[] {
    const [declaration] = this.#symbol(file, name).declarations ?? []
    if (!declaration || !(ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration))) return []
    const isCallable = (member: ts.Node) =>
      ts.isMethodDeclaration(member) || ts.isMethodSignature(member) || ts.isGetAccessor(member)
    return [...declaration.members]
      .filter((member) => isCallable(member) && isPublic(member) && member.name && ts.isIdentifier(member.name))
      .map((member) => this.#callable(member as ts.MethodDeclaration))
  }

  /** An exported function; without `this`, which a caller does not give. */
  callable(file: string, name: string): Callable {
    const [declaration] = this.#symbol(file, name).declarations ?? []
    if (!declaration || !ts.isFunctionDeclaration(declaration)) throw new Error(`${name} of ${file} is no function`)
    return this.#callable(declaration, name)
  }

  #callable(node: ts.MethodDeclaration | ts.FunctionDeclaration, name = node.name?.getText() ?? ''): Callable {
    const symbol = this.#checker.getSymbolAtLocation(node.name ?? node)
    const throws = symbol?.getJsDocTags(this.#checker).find((tag) => tag.name === 'throws')
    const given = node.parameters.filter((parameter) => parameter.name.getText() !== 'this').map(parameterText)
    const isValue = ts.isGetAccessor(node)
    return {
      signature: `${name}${isValue ? '' : `(${given.join(', ')})`}${node.type ? `: ${textOf(node.type)}` : ''}`,
      text: this.#text(symbol),
      ...(throws && { throws: oneLine(ts.displayPartsToString(throws.text)) }),
    }
  }

  /** As declared; a name for a choice of texts is that choice. */
  #typeText(declaration: ts.Declaration | undefined): string {
    const node = (declaration as ts.PropertySignature | undefined)?.type
    if (!node) return ''
    const type = this.#checker.getTypeFromTypeNode(node)
    const isChoice = ts.isTypeReferenceNode(node) && type.isUnion() && type.types.every((one) => one.isStringLiteral())
    return isChoice ? type.types.map((one) => `'${(one as ts.StringLiteralType).value}'`).join(' | ') : textOf(node)
  }

  #symbol(file: string, name: string): ts.Symbol {
    const source = this.#program.getSourceFile(file)
    const module = source && this.#checker.getSymbolAtLocation(source)
    const found = module && this.#checker.getExportsOfModule(module).find((symbol) => symbol.name === name)
    if (!found) throw new Error(`${file} exports no ${name}`)
    return found.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(found) : found
  }

  #text(symbol: ts.Symbol | undefined): string {
    return oneLine(ts.displayPartsToString(symbol?.getDocumentationComment(this.#checker)))
  }
}

/** `input?: PlanInput`; an object that is taken apart is called `options`. */
function parameterText({ name, type, questionToken, initializer }: ts.ParameterDeclaration): string {
  const text = ts.isIdentifier(name) ? name.text : 'options'
  return `${text}${questionToken || initializer ? '?' : ''}: ${type ? textOf(type) : 'unknown'}`
}

/** Of a member that came by way of `Pick` or `Partial`, too. */
function declarationOf(member: ts.Symbol): ts.Declaration | undefined {
  return member.declarations?.[0]
}

const printer = ts.createPrinter({ removeComments: true })

function textOf(node: ts.Node): string {
  return oneLine(printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()))
}

function isPublic(declaration: ts.Declaration | undefined): boolean {
  if (!declaration) return true
  const name = ts.getNameOfDeclaration(declaration)
  return !(name && (ts.isPrivateIdentifier(name) || ts.isComputedPropertyName(name)))
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('readonly ', '').trim()
}
