import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Locator } from 'playwright-core';

const WIDTH = 640;
const HEIGHT = 480;

/** A browser whose camera sees what it is shown. */
export interface CameraBrowser {
  readonly browser: Browser;
  /** Holds what is on another screen before the camera: an element that draws a QR code. */
  show(code: Locator): Promise<void>;
  close(): Promise<void>;
}

/** The code's picture as the brightness of each pixel, upright and centred, in base64. */
async function brightnessOf(code: Locator): Promise<Buffer> {
  const base64 = await code.locator('svg').evaluate(
    (svg, { width, height }) => {
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      const context = canvas.getContext('2d')!;
      context.fillStyle = '#fff';
      context.fillRect(0, 0, width, height);
      const side = height * 0.8;
      const modules = (svg as SVGSVGElement).viewBox.baseVal.width;
      context.translate((width - side) / 2, (height - side) / 2);
      context.scale(side / modules, side / modules);
      context.fillStyle = '#000';
      context.fill(new Path2D(svg.querySelector('path')!.getAttribute('d')!));
      const { data } = context.getImageData(0, 0, width, height);
      let bytes = '';
      for (let at = 0; at < data.length; at += 4) bytes += String.fromCharCode(data[at]!);
      return btoa(bytes);
    },
    { width: WIDTH, height: HEIGHT },
  );
  return Buffer.from(base64, 'base64');
}

/** One frame as a Y4M film, which Chromium plays as a camera over and over. */
function film(brightness: Buffer): Buffer {
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\nFRAME\n`);
  const colours = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  return Buffer.concat([head, brightness, colours]);
}

/** Starts a Chromium that has a camera and lets pages use it. */
export async function launchWithCamera(): Promise<CameraBrowser> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-camera-'));
  const file = join(folder, 'camera.y4m');
  writeFileSync(file, film(Buffer.alloc(WIDTH * HEIGHT, 128)));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${file}`,
    ],
  });
  return {
    browser,
    show: async (code) => writeFileSync(file, film(await brightnessOf(code))),
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
