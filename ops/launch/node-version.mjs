// Syntax of 2018 only: Node 12 must get far enough to say that it is too old.

/** Oldest Node that Sotto runs on. */
export const oldestNode = '20.19.0';

/**
 * Why this Node cannot run Sotto, as one line; an empty string when it can.
 * @param {string} version as in `process.versions.node`
 * @returns {string}
 */
export function nodeComplaint(version) {
  const have = version.split('.').map(Number);
  const need = oldestNode.split('.').map(Number);
  for (let i = 0; i < need.length; i++) {
    if (have[i] > need[i]) return '';
    if (have[i] < need[i] || Number.isNaN(have[i])) {
      return `Sotto needs Node ${oldestNode} or newer; this is Node ${version}.`;
    }
  }
  return '';
}

/** Ends this process with one line on stderr when Node is too old. */
export function demandNode() {
  const complaint = nodeComplaint(process.versions.node);
  if (complaint) {
    console.error(complaint);
    process.exit(1);
  }
}
