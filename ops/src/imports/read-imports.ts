import { parseSync, Visitor } from 'oxc-parser';

export interface ImportStatement {
  /** What is asked for; undefined when it is computed while running. */
  readonly specifier: string | undefined;
  /** Nothing of it is left when the types are. */
  readonly typeOnly: boolean;
  /** Counted from 1. */
  readonly line: number;
}

/** The source is not TypeScript. */
export class UnreadableSourceError extends Error {
  override readonly name = 'UnreadableSourceError';
}

interface Node {
  readonly type: string;
  readonly start: number;
}

function literalText(node: Node): string | undefined {
  if (node.type === 'Literal' && 'value' in node && typeof node.value === 'string') return node.value;
  if (node.type !== 'TemplateLiteral' || !('quasis' in node)) return undefined;
  const quasis = node.quasis as { value: { cooked: string } }[];
  return quasis.length === 1 ? quasis[0]?.value.cooked : undefined;
}

/** `new URL('./worker.ts', import.meta.url)`: how a bundler is told of a worker. */
function isModuleUrl(args: readonly Node[]): boolean {
  const base = args[1];
  return (
    base?.type === 'MemberExpression' && 'object' in base && (base.object as Node).type === 'MetaProperty'
  );
}

/**
 * Everything that a source asks of another one: imports, re-exports, dynamic imports, types by `import('…')` and workers.
 * @param file name for error messages
 * @throws UnreadableSourceError
 */
export function readImports(file: string, source: string): ImportStatement[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new UnreadableSourceError(`${file}: ${errors[0]?.message}`);
  const found: ImportStatement[] = [];
  const add = (at: Node, specifier: string | undefined, typeOnly: boolean): void => {
    found.push({ specifier, typeOnly, line: source.slice(0, at.start).split('\n').length });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source.value, node.importKind === 'type'),
    ExportAllDeclaration: (node) => add(node, node.source.value, node.exportKind === 'type'),
    ExportNamedDeclaration: (node) => {
      if (node.source) add(node, node.source.value, node.exportKind === 'type');
    },
    ImportExpression: (node) => add(node, literalText(node.source), false),
    TSImportType: (node) => add(node, literalText(node.source), true),
    TSExternalModuleReference: (node) => add(node, node.expression.value, false),
    NewExpression: (node) => {
      const first = node.arguments[0];
      if (!first || node.callee.type !== 'Identifier' || node.callee.name !== 'URL') return;
      const target = literalText(first);
      if (target && /\.[cm]?[jt]s$/.test(target) && isModuleUrl(node.arguments)) add(node, target, false);
    },
  }).visit(program);
  return found;
}
