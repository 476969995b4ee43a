export { type HasherLimits, PasswordHasher } from './credentials/password-hasher.js';
export { AUTH_LIMITS, type AuthLimits, type Limit, type LimitName } from './limits.js';
export { type AuthSecrets, type AuthServer, type AuthServerOptions, createAuthServer } from './server.js';
