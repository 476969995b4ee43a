/**
 * Run by `--import` in every process of a run, before anything else: the parent sets its clock by a message, and its end is the
 * process's end too.
 */
const Real = Date;
let offset = 0;

globalThis.Date = new Proxy(Real, {
  construct: (target, args, made) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + offset] : args, made) as object,
  apply: () => new Real(Real.now() + offset).toString(),
  get: (target, property, receiver) =>
    property === 'now' ? () => Real.now() + offset : (Reflect.get(target, property, receiver) as unknown),
});

process.on('message', (message: { readonly skew?: unknown }) => {
  if (typeof message.skew === 'number') offset = message.skew;
});
process.once('disconnect', () => process.exit(1));
// A parent that died before this began to listen.
setInterval(() => {
  if (!process.connected) process.exit(1);
}, 1_000).unref();
// It ends as it would without a parent that can talk to it.
process.channel?.unref();
