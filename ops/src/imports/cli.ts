import { fileURLToPath } from 'node:url';
import { checkImports } from './check-imports.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { violations, files, imports } = checkImports(root);
for (const { rule, where, message } of violations) console.error(`${where}: ${message} [${rule}]`);
console.log(`${imports} imports of ${files} files checked, ${violations.length} refused`);
if (violations.length > 0 || imports === 0) process.exitCode = 1;
