import type { Plugin } from 'vite';

const SHEET = /css`([^`]*)`/g;

/** Takes comments out of the elements' sheets and indentation out of all templates; no bundler looks into literals. */
export function trimTemplates(): Plugin {
  return {
    name: 'sotto:trim-templates',
    apply: 'build',
    transform: {
      filter: { id: /\/src\/(elements|styles)\/.*\.ts$/ },
      handler(code) {
        const trimmed = code.replaceAll(SHEET, (_, sheet: string) => `css\`${trimSheet(sheet)}\``);
        // The line break stays: code may need it, and between tags it is the one space that HTML sees anyway.
        return { code: trimmed.replaceAll(/\n\s+/g, '\n'), map: null };
      },
    },
  };
}

function trimSheet(sheet: string): string {
  return sheet
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{};,]) ?/g, '$1')
    .replaceAll(/([a-z-]): /g, '$1:')
    .replaceAll(';}', '}')
    .trim();
}
