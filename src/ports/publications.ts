/** What is published about releases, where everybody reads it. Throws `Failure`. */
export interface Publications {
  /**
   * Publishes one, or brings the one of its tag up to date: what people wrote there stays. Asked again for the
   * same, it changes nothing.
   */
  publish(publication: Publication): Promise<Published>;
}

export interface Publication {
  readonly tag: string;
  /** Full SHA of the commit that the tag is at, or is put at. */
  readonly commit: string;
  /** Of one that is not there yet. */
  readonly title: string;
  readonly version: string;
  /** The whole text, out of the one that stands there; an empty one where none does. */
  text(present: string): string;
}

export type Published =
  | { readonly kind: 'created' | 'updated' | 'unchanged'; readonly url: string }
  | {
      readonly kind: 'refused';
      readonly reason: 'RELEASE_TAG_ELSEWHERE' | 'RELEASE_TAG_NOT_ALLOWED';
      readonly why: string;
      readonly next: string;
    };
