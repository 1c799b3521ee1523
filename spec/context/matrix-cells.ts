import type { Cell } from './matrix-cell.js';
import { clientCells } from './matrix-client-cells.js';
import { keyCells, nameCells, versionCells } from './matrix-offer-cells.js';
import { authorityCells, chainCells, dateCells } from './matrix-trust-cells.js';

/** The matrix, by what its cells are about. */
export const matrix: Readonly<Record<string, readonly Cell[]>> = {
  'the authority': authorityCells,
  'the chain': chainCells,
  'the dates': dateCells,
  'the name': nameCells,
  'the version': versionCells,
  'the kind of key': keyCells,
  'the client': clientCells,
};
