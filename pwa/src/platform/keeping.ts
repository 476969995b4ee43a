/** Ways to take something out of the page. */
export interface Keeping {
  /** @throws where the browser does not allow it */
  copy(text: string): Promise<void>;
  saveFile(name: string, text: string): void;
  print(): void;
}

export const browserKeeping: Keeping = {
  copy: (text) => navigator.clipboard.writeText(text),
  saveFile(name, text) {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  },
  print: () => window.print(),
};
