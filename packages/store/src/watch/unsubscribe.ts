/** Ends what it was returned for; nothing is told after that. */
export type Unsubscribe = () => void;
