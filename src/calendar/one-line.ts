/** A text as one line without control characters, which neither a log nor a calendar file takes for a new line. */
export const oneLine = (text: string): string => text.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
