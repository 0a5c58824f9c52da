/** Stands for the name of someone whose content was erased. */
export const ERASED = 'erased';
