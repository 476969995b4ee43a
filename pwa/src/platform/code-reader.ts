/** Reads QR codes. */
export interface CodeReader {
  /**
   * Shows the camera in `video` and looks for a code in it until one is read.
   * @param signal ends it; the camera is switched off in any case
   * @returns what the code says, null when it was ended, or why there is no camera
   */
  fromCamera(video: HTMLVideoElement, signal: AbortSignal): Promise<CameraResult>;
  /** What the code in a picture says, or null where there is none to be read. */
  fromPicture(picture: Blob): Promise<string | null>;
}

export type CameraResult =
  | { readonly state: 'read'; readonly text: string }
  | { readonly state: 'ended' | 'refused' | 'missing' };

/** By this browser's camera. What it takes is loaded with the first use. */
export const browserCodeReader: CodeReader = {
  fromCamera: async (video, signal) => (await import('./qr-reading.js')).readFromCamera(video, signal),
  fromPicture: async (picture) => (await import('./qr-reading.js')).readFromPicture(picture),
};
