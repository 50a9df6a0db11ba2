import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { cell, code, inert, preformatted, text } from '../../../src/domain/markdown.ts';
import { Redactor } from '../../../src/runner/redactor.ts';

/** How a value stands in what an action writes. */
const FORMS = { text, cell, inert, code, preformatted, JSON: JSON.stringify, address: encodeURIComponent };

it.each(Object.entries(FORMS))('finds a secret that was written as %s', (_name, form) => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  // A sign that each form writes in its own way, and a beginning and an end that none does.
  const secrets = fc
    .string({ minLength: 6, maxLength: 30, unit: 'grapheme-ascii' })
    .map((some) => `k_${some}*<"|\\$@>_k`);
  fc.assert(
    fc.property(secrets, (secret) => {
      const redactor = new Redactor();
      redactor.add(secret);
      const written = redactor.redact(`before ${form(`see ${secret}!`)} after`);
      expect(written).toContain('***');
      expect(written).not.toContain('k_');
      expect(written).not.toContain('k\\_');
      expect(written).toMatch(/^before .* after$/s);
    }),
  );
});
