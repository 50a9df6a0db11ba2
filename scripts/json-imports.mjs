// GitHub's workflow parser imports JSON files without import attributes, which Node refuses
// (ERR_IMPORT_ATTRIBUTE_MISSING). This adds the attribute for packages that forgot it.
import { registerHooks } from 'node:module';

registerHooks?.({
  load(url, context, nextLoad) {
    if (!url.endsWith('.json') || !url.includes('/node_modules/@actions/')) return nextLoad(url, context);
    return nextLoad(url, { ...context, importAttributes: { ...context.importAttributes, type: 'json' } });
  },
});
