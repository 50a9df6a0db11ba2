import type { Conversation, OwnComment } from '../../src/ports/conversation.ts';

/** A pull request in memory: what this identity said there, and hooks for others who speak in between. */
export class MemoryConversation implements Conversation {
  isOpen = true;
  head: string;
  comments: OwnComment[] = [];
  /** Every change, in words. */
  readonly changes: string[] = [];
  /** Runs before each reading of the comments: where another run may come in between. */
  beforeRead: () => Promise<void> | void = () => {};
  #ids = 0;

  constructor(head: string) {
    this.head = head;
  }

  async pullRequest() {
    return { isOpen: this.isOpen, head: this.head };
  }

  async ownComments() {
    await this.beforeRead();
    return [...this.comments];
  }

  async create(_number: number, body: string) {
    this.#ids += 1;
    this.comments.push({ id: this.#ids, body });
    this.changes.push(`create ${this.#ids}`);
  }

  async update(id: number, body: string) {
    if (!this.comments.some((one) => one.id === id)) throw new Error(`There is no comment ${id}.`);
    this.comments = this.comments.map((one) => (one.id === id ? { id, body } : one));
    this.changes.push(`update ${id}`);
  }

  async remove(id: number) {
    this.comments = this.comments.filter((one) => one.id !== id);
    this.changes.push(`remove ${id}`);
  }
}
