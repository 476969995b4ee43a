import { decodeQR } from 'qr/decode.js';
import type { CameraResult } from './code-reader.js';

/** Longer edge of what is looked at, in pixels: codes on screens are large, and every frame costs. */
const LOOKED_AT = 720;
const BETWEEN_LOOKS = 120;

type Source = HTMLVideoElement | ImageBitmap;

function sizeOf(source: Source): { width: number; height: number } {
  return source instanceof HTMLVideoElement
    ? { width: source.videoWidth, height: source.videoHeight }
    : { width: source.width, height: source.height };
}

function readFrom(source: Source, canvas: HTMLCanvasElement): string | null {
  const { width, height } = sizeOf(source);
  if (width === 0 || height === 0) return null;
  const scale = Math.min(1, LOOKED_AT / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  try {
    return decodeQR({ data, width: canvas.width, height: canvas.height });
  } catch {
    return null; // No code in this frame, which is what most of them are like.
  }
}

/** See {@link CodeReader.fromCamera}. */
export async function readFromCamera(video: HTMLVideoElement, signal: AbortSignal): Promise<CameraResult> {
  const stream = await openCamera();
  if (typeof stream === 'string') return { state: stream };
  const canvas = document.createElement('canvas');
  try {
    if (signal.aborted) return { state: 'ended' };
    video.srcObject = stream;
    // It is refused where the page is left before the first picture came, and then nobody waits for it.
    await video.play().catch(() => undefined);
    while (!signal.aborted) {
      const text = readFrom(video, canvas);
      if (text !== null) return { state: 'read', text };
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
    }
    return { state: 'ended' };
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

async function openCamera(): Promise<MediaStream | 'refused' | 'missing'> {
  if (!navigator.mediaDevices?.getUserMedia) return 'missing';
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
    });
  } catch (error) {
    return error instanceof DOMException && error.name === 'NotAllowedError' ? 'refused' : 'missing';
  }
}

/** See {@link CodeReader.fromPicture}. */
export async function readFromPicture(picture: Blob): Promise<string | null> {
  try {
    const bitmap = await createImageBitmap(picture);
    try {
      return readFrom(bitmap, document.createElement('canvas'));
    } finally {
      bitmap.close();
    }
  } catch {
    return null; // Not a picture.
  }
}
