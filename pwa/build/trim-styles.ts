import type { Plugin } from 'vite';

const SHEET = /css`([^`]*)`/g;

/** Takes comments and indentation out of the elements' sheets; no bundler looks into template literals. */
export function trimStyles(): Plugin {
  return {
    name: 'sotto:trim-styles',
    apply: 'build',
    transform: {
      filter: { id: /\/src\/(elements|styles)\/.*\.ts$/ },
      handler(code) {
        return { code: code.replaceAll(SHEET, (_, sheet: string) => `css\`${trim(sheet)}\``), map: null };
      },
    },
  };
}

function trim(sheet: string): string {
  return sheet
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{};,]) ?/g, '$1')
    .replaceAll(/([a-z-]): /g, '$1:')
    .replaceAll(';}', '}')
    .trim();
}
