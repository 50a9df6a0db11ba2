/** @typedef {'mug' | 'bowl' | 'vase' | 'plate'} Shape */
/** @typedef {{id: string, name: string, glaze: string, shape: Shape, fired: number, euros: number}} Piece */

/**
 * What came out of this year's kiln. `fired` is how many there are, `euros` the price of one.
 *
 * @type {readonly Piece[]}
 */
export const CATALOGUE = [
  { id: 'harbour-mug', name: 'Harbour mug', glaze: 'slate', shape: 'mug', fired: 8, euros: 28 },
  { id: 'gorse-bowl', name: 'Gorse bowl', glaze: 'gorse', shape: 'bowl', fired: 5, euros: 36 },
  { id: 'heron-vase', name: 'Heron vase', glaze: 'heron', shape: 'vase', fired: 2, euros: 95 },
  { id: 'kelp-plate', name: 'Kelp plate', glaze: 'kelp', shape: 'plate', fired: 6, euros: 42 },
  { id: 'ember-mug', name: 'Ember mug', glaze: 'ember', shape: 'mug', fired: 4, euros: 30 },
  { id: 'dune-bowl', name: 'Dune bowl', glaze: 'dune', shape: 'bowl', fired: 3, euros: 38 },
];
