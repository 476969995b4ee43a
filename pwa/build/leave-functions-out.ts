import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { LEFT_OUT_FUNCTIONS } from './left-out/functions.js';

const STAND_IN = fileURLToPath(new URL('left-out/left-out-error.ts', import.meta.url));

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** Empties functions of libraries that Sotto never calls: whoever calls one all the same gets a LeftOutError. */
export function leaveFunctionsOut(): Plugin {
  return {
    name: 'sotto:leave-functions-out',
    apply: 'build',
    transform: {
      filter: { id: /\/node_modules\/pouchdb-[\w-]+\/lib\/index(-browser)?\.es\.js$/ },
      handler(code, id) {
        const path = Object.keys(LEFT_OUT_FUNCTIONS).find((module) => id.endsWith(`/node_modules/${module}`));
        if (!path) return null;
        const bodies = functionBodies(this.parse(code) as unknown as Node);
        let rest = code;
        for (const body of LEFT_OUT_FUNCTIONS[path]!.map((name) => only(bodies, name, path)).sort(fromTheEnd))
          rest = `${rest.slice(0, body.start)}{ leftOut(); }${rest.slice(body.end)}`;
        return { code: `import { leftOut } from ${JSON.stringify(STAND_IN)};\n${rest}`, map: null };
      },
    },
  };
}

const fromTheEnd = (a: Node, b: Node) => b.start - a.start;

function only(bodies: ReadonlyMap<string, Node[]>, name: string, module: string): Node {
  const [body, ...others] = bodies.get(name) ?? [];
  if (!body || others.length > 0) throw new Error(`${module} has ${body ? 'several' : 'no'} ${name}`);
  return body;
}

/** The bodies of all functions by their names, and by the names of those around them. */
function functionBodies(program: Node): Map<string, Node[]> {
  const found = new Map<string, Node[]>();
  visit(program, '', []);
  return found;

  function visit(node: Node, name: string, around: readonly string[]): void {
    let inside = around;
    if (/Function/.test(node.type) && node.body) {
      const own = named(node.id) || name;
      for (const title of [own, ...around.map((outer) => `${outer} > ${own}`)])
        found.set(title, [...(found.get(title) ?? []), node.body as Node]);
      if (own) inside = [own, ...around];
    }
    for (const [field, child] of Object.entries(node))
      for (const each of Array.isArray(child) ? child : [child])
        if (isNode(each)) visit(each, nameWithin(node, field, name), inside);
  }
}

/** What a function is called that stands there: by the property or class member that it becomes, or by what it is handed to. */
function nameWithin(node: Node, field: string, name: string): string {
  if (node.type === 'ClassDeclaration' && field === 'body') return `${named(node.id)}.`;
  if (node.type === 'ClassBody') return name;
  if (node.type === 'MethodDefinition' && field === 'value') return name + named(node.key);
  if (node.type === 'AssignmentExpression' && field === 'right') return named(node.left);
  if (node.type === 'VariableDeclarator' && field === 'init') return named(node.id);
  if (node.type === 'CallExpression')
    return field === 'callee' || named(node.callee) === 'adapterFun' ? name : `${named(node.callee)}()`;
  return node.type === 'MemberExpression' ? name : '';
}

/** The name of an identifier, or the last one of a member expression. */
function named(node: unknown): string {
  if (!isNode(node)) return '';
  return node.type === 'Identifier' ? String(node.name) : named(node.property);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string';
}
