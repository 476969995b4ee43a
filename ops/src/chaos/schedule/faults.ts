/** A process that a fault meets. */
export type Place = `replica:${number}` | 'store' | 'auth' | `crew:${number}`;
/** A connection that a fault meets: a client's to the servers, all at one replica, or a server's to the store. */
export type Wire = `client:${number}` | `replica:${number}` | `store:${number}` | 'store:auth';
/** What does not come through: either direction, or both. */
export type Side = 'there' | 'back' | 'both';

/** One thing that goes wrong, for a time in milliseconds. */
export type Fault =
  /** SIGKILL; started again after the time. */
  | { readonly kind: 'kill'; readonly place: Place; readonly ms: number }
  /** SIGSTOP; goes on after the time, with everything that it believed. */
  | { readonly kind: 'freeze'; readonly place: Place; readonly ms: number }
  /** SIGTERM, an orderly end; started again after the time. */
  | { readonly kind: 'drain'; readonly place: Place; readonly ms: number }
  /** Connections end at once; `torn`: in the middle of what is said next. */
  | { readonly kind: 'cut'; readonly wire: Wire; readonly torn: boolean; readonly ms: 0 }
  /** Cut, and no new ones for the time. */
  | { readonly kind: 'block'; readonly wire: Wire; readonly ms: number }
  /** Nothing arrives for the time; nothing is lost. */
  | { readonly kind: 'hold'; readonly wire: Wire; readonly side: Side; readonly ms: number }
  /** Everything arrives later by `by` milliseconds. */
  | { readonly kind: 'delay'; readonly wire: Wire; readonly by: number; readonly ms: number }
  /** No room on the store's disk beyond `room` bytes. */
  | { readonly kind: 'fill'; readonly room: number; readonly ms: number }
  /** The clock of a process is off by so much. */
  | { readonly kind: 'skew'; readonly place: Place; readonly by: number; readonly ms: number }
  /** Clients are killed, start again on their stores without a network, and write; it is back after the time. */
  | { readonly kind: 'offline'; readonly crew: number; readonly away: number; readonly ms: number }
  /** A database node is killed by the command for it. */
  | { readonly kind: 'node'; readonly node: number; readonly ms: number };

export type FaultKind = Fault['kind'];

/** What a fault says of itself in the result: `kill replica`, `cut store`. */
export function nameOf(fault: Fault): string {
  if ('place' in fault) return `${fault.kind} ${fault.place.split(':')[0]}`;
  if ('wire' in fault) return `${fault.kind} ${fault.wire.split(':')[0]}`;
  return fault.kind === 'offline' ? 'offline crew' : fault.kind;
}
