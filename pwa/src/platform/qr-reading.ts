/** Reads QR codes from a camera or a picture. The decoder is loaded with the first use. */

/** Longer edge of what is looked at, in pixels: codes on screens are large, and every frame costs. */
const LOOKED_AT = 720;
const BETWEEN_LOOKS = 120;

type Source = HTMLVideoElement | ImageBitmap;

/** Why there is no camera: `refused` by the person or the browser, or `missing`. */
export class CameraError extends Error {
  override readonly name = 'CameraError';
  readonly why: 'refused' | 'missing';

  constructor(why: 'refused' | 'missing') {
    super(`camera ${why}`);
    this.why = why;
  }
}

function sizeOf(source: Source): { width: number; height: number } {
  return source instanceof HTMLVideoElement
    ? { width: source.videoWidth, height: source.videoHeight }
    : { width: source.width, height: source.height };
}

async function readFrom(source: Source, canvas: HTMLCanvasElement): Promise<string | null> {
  const { width, height } = sizeOf(source);
  if (width === 0 || height === 0) return null;
  const scale = Math.min(1, LOOKED_AT / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const { decodeQR } = await import('qr/decode.js');
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  try {
    return decodeQR({ data, width: canvas.width, height: canvas.height });
  } catch {
    return null; // No code in this frame, which is what most of them are like.
  }
}

/**
 * Shows the camera in `video` and looks for a code in it until one is read.
 * @param signal ends it; the camera is switched off in any case
 * @returns what the code says, or null when it was ended
 * @throws CameraError
 */
export async function readFromCamera(video: HTMLVideoElement, signal: AbortSignal): Promise<string | null> {
  const stream = await openCamera();
  const canvas = document.createElement('canvas');
  try {
    if (signal.aborted) return null;
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const text = await readFrom(video, canvas);
      if (text !== null) return text;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

async function openCamera(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError('missing');
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
    });
  } catch (error) {
    throw new CameraError(
      error instanceof DOMException && error.name === 'NotAllowedError' ? 'refused' : 'missing',
    );
  }
}

/** What the code in a picture says, or null where there is none to be read. */
export async function readFromPicture(picture: Blob): Promise<string | null> {
  try {
    const bitmap = await createImageBitmap(picture);
    try {
      return await readFrom(bitmap, document.createElement('canvas'));
    } finally {
      bitmap.close();
    }
  } catch {
    return null; // Not a picture.
  }
}
