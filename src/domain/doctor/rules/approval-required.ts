import { no, ok, type Rule } from '../rule.ts';

export const approvalRequired: Rule = {
  id: 'approval-required',
  asks: 'Does airlock.yml ask for an approval where releases end?',
  weight: 'warn',
  why: 'Without `approval: required` Airlock does not notice when the reviewers are taken away.',
  fix: ({ about }) => ({ click: `airlock.yml → environments → ${about}: gates: { approval: required }` }),
  look: ({ configuration: { environments } }) => {
    const last = environments.at(-1);
    if (last === undefined) return [];
    return [
      last.gates.approval === 'required'
        ? ok(last.name, 'airlock.yml requires an approval')
        : no(last.name, 'airlock.yml requires no approval'),
    ];
  },
};
