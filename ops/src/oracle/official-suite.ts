import { suite } from 'uvu';
import { loadOfficialLibrary, type OfficialLibrary, type OfficialVersion } from './official-library.js';

/** Tests that compare with Signal's own library. */
export interface OfficialSuite {
  /** Adds a test; where the library is not there, it counts as skipped. */
  test(name: string, action: (official: OfficialLibrary) => Promise<void>): void;
  run(): void;
}

/** A suite over one version of Signal's own library. */
export async function officialSuite(name: string, version: OfficialVersion): Promise<OfficialSuite> {
  const tests = suite(`${name} ${version}`);
  const official = await loadOfficialLibrary(version);
  if (!official)
    process.stdout.write(
      `SKIPPED: libsignal-client ${version} is not installed, nothing was compared with it\n`,
    );
  return {
    test(title, action) {
      if (official) tests(title, () => action(official));
      else tests.skip(title);
    },
    run: () => tests.run(),
  };
}
