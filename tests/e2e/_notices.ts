/** The progress notifications of one call, as they come. */

import type { Notice } from "../kit/mcp_clients.ts";

export class Notices {
  readonly all: Notice[] = [];
  readonly #waiting: { part: string; resolve: () => void }[] = [];

  readonly onprogress = (notice: Notice): void => {
    this.all.push(notice);
    for (const { part, resolve } of this.#waiting) {
      if (this.text.includes(part)) resolve();
    }
  };

  /** All messages in one. */
  get text(): string {
    return this.all.map(({ message = "" }) => message).join("");
  }

  /** Resolves when this part of the text has come. */
  said(part: string): Promise<void> {
    if (this.text.includes(part)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ part, resolve }));
  }
}
