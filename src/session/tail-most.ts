/** A tail of more events than this is not read from the store: a snapshot costs less. */
export const TAIL_MOST = 4_096;
