import { fields, LIMITS } from '@sotto/protocol';
import { say } from '../words/pages.js';

interface Schema {
  readonly '~standard': { readonly validate: (value: unknown) => unknown };
}

function fits(schema: Schema, text: string): boolean {
  const result = schema['~standard'].validate(text) as { issues?: unknown };
  return result.issues === undefined;
}

/** What is wrong with an address, in words; null where the service would take it. */
export function emailProblem(text: string): string | null {
  return fits(fields.email, text) ? null : say('sign-up.email-shape');
}

export function usernameProblem(text: string): string | null {
  const { usernameMin: min, usernameMax: max } = LIMITS;
  return fits(fields.username, text) ? null : say('new.shape', { min, max });
}

export function passwordProblem(password: string): string | null {
  const { passwordMin: min, passwordMax: max } = LIMITS;
  if (password.length < min) return say('welcome.password-short', { count: min - password.length });
  return password.length > max ? say('welcome.password-long', { max }) : null;
}

/** Characters; what fits in a row of the list and still says something. */
const LONGEST_GROUP_NAME = 60;
const LONGEST_DEVICE_NAME = 40;

export function groupNameProblem(name: string): string | null {
  if (!name.trim()) return say('group.name-empty');
  return name.trim().length > LONGEST_GROUP_NAME ? say('group.name-long', { max: LONGEST_GROUP_NAME }) : null;
}

export function deviceNameProblem(name: string): string | null {
  if (!name.trim()) return say('devices.name-empty');
  return name.trim().length > LONGEST_DEVICE_NAME
    ? say('devices.name-long', { max: LONGEST_DEVICE_NAME })
    : null;
}
