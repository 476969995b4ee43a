/** An attack came through. */
export class AttackSucceeded extends Error {}
