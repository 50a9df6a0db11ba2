/** Why a hotfix, or what comes after one, is held back. */
export type HotfixRefusal =
  | 'HOTFIX_WRONG_BASE'
  | 'HOTFIX_TOO_LARGE'
  | 'HOTFIX_CHANGES_RULES'
  | 'EMERGENCY_NEEDS_TWO'
  | 'BACK_MERGE_MISSING';

/** One gate's answer, before it gets its name among the others. */
export type HotfixAnswer =
  | { readonly state: 'open'; readonly why: string; readonly next: '' }
  | {
      readonly state: 'shut';
      readonly reason: HotfixRefusal;
      readonly why: string;
      readonly next: string;
    }
  /** It could not be read. It holds the release back as `shut` does. */
  | { readonly state: 'unknown'; readonly why: string; readonly next: string };

export const open = (why: string): HotfixAnswer => ({ state: 'open', why, next: '' });

export const shut = (reason: HotfixRefusal, why: string, next: string): HotfixAnswer => ({
  state: 'shut',
  reason,
  why,
  next,
});

export const unknown = (why: string, next: string): HotfixAnswer => ({ state: 'unknown', why, next });
