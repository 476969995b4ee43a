// Draws the icons from the wordmark's path: its first letter above the hairpin. `npm run icons -w pwa`
import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const out = new URL('../public/icons/', import.meta.url);
const wordmark = await readFile(new URL('wordmark-path.txt', import.meta.url), 'utf8');
// Sub-paths begin with M; the first one is the "s", 30.4 wide and 42.8 high from (0, 8.8).
const letter = `M${wordmark.split('M')[1].trim()}`;
const GROUND = '#0c6663';
const INK = '#fcfaf5';

/** @param {{ radius: number, scale: number, hairpin: boolean, ground?: string, ink?: string }} look */
function drawing({ radius, scale, hairpin, ground = GROUND, ink = INK }) {
  const height = 42.8 * scale;
  const width = 30.4 * scale;
  const gap = hairpin ? 34 : 0;
  const pin = hairpin ? 30 : 0;
  const top = (512 - height - gap - pin) / 2;
  const left = (512 - width) / 2;
  const y = top + height + gap;
  const half = hairpin ? width * 0.62 : 0;
  const pinPath = `M${256 - half} ${y}L${256 + half} ${y + pin / 2} ${256 - half} ${y + pin}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512"><title>Sotto</title>
${ground === 'none' ? '' : `<rect width="512" height="512" rx="${radius}" fill="${ground}"/>`}
<path transform="translate(${left.toFixed(1)} ${(top - 8.8 * scale).toFixed(1)}) scale(${scale})" fill="${ink}" d="${letter}"/>
${hairpin ? `<path d="${pinPath}" fill="none" stroke="${ink}" stroke-width="11" stroke-linejoin="round" stroke-linecap="round"/>` : ''}
</svg>
`;
}

const looks = {
  'icon-192.png': { size: 192, radius: 112, scale: 6.6, hairpin: true },
  'icon-512.png': { size: 512, radius: 112, scale: 6.6, hairpin: true },
  // Maskable: nothing outside the middle 80 %.
  'maskable-512.png': { size: 512, radius: 0, scale: 5.4, hairpin: true },
  'apple-touch-icon.png': { size: 180, radius: 0, scale: 6.2, hairpin: true },
  'favicon-32.png': { size: 32, radius: 112, scale: 9.4, hairpin: false },
  // Android tints it: a white shape on nothing.
  'badge-96.png': { size: 96, radius: 0, scale: 10.5, hairpin: false, ground: 'none', ink: '#ffffff' },
};

await writeFile(new URL('icon.svg', out), drawing({ radius: 112, scale: 8.6, hairpin: false }));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const [name, { size, ...look }] of Object.entries(looks)) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const source = Buffer.from(drawing(look)).toString('base64');
  await page.setContent(
    `<style>*{margin:0}img{display:block;width:${size}px;height:${size}px}</style><img src="data:image/svg+xml;base64,${source}">`,
  );
  await page.screenshot({ path: new URL(name, out).pathname, omitBackground: true });
  await page.close();
}
await browser.close();
