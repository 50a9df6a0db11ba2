import * as z from 'zod';

/** What is known of each provider before it is loaded, by its id: its settings' shape and what it can. */
export type TargetSchemas = Readonly<
  Record<string, { readonly settings: z.ZodType; readonly can: ReadonlySet<string> }>
>;

export type TargetSchema = ReturnType<typeof targetOf>;

/** The `target` key of an environment: one provider and its settings. */
export function targetOf(targets: TargetSchemas) {
  const providers = Object.keys(targets);
  return z
    .strictObject(
      Object.fromEntries(
        Object.entries(targets).map(([id, { settings }]) => [
          id,
          settings.optional().describe(settings.description ?? `Settings of the ${id} target.`),
        ]),
      ),
    )
    .refine(
      (written) => Object.keys(written).length === 1,
      `must have exactly one provider: ${providers.join(', ')}`,
    );
}
