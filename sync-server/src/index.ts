export type { TokenKey } from './access/tokens.js';
export type { AttachmentLimits } from './attachments/attachment-limits.js';
export type { AttachmentServer, AttachmentServerOptions } from './attachments/attachment-server.js';
export { createAttachmentServer } from './attachments/attachment-server.js';
export type { ServerLimits } from './limits.js';
export { SERVER_LIMITS } from './limits.js';
export type { Meters } from './metrics/meters.js';
export type { SyncServer, SyncServerOptions } from './server.js';
export { createSyncServer } from './server.js';
