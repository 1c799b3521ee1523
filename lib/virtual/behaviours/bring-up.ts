import type { Behaviour } from '../behaviour.js';
import { identityBehaviours } from './identity.js';
import { lineBehaviours } from './line.js';
import { networkBehaviours } from './network.js';
import { packetDomainBehaviours } from './packet-domain.js';
import { simBehaviours } from './sim.js';

/** The names, in capitals, of the commands that are answered in some form by what is collected here. */
export const bringUpNames = new Set(
  (
    'CGMI CGMM CGMR CGSN CMEE IFC IPR IPREX CFUN CPIN SPIC CSQ CREG CGREG CEREG COPS CGDCONT CGAUTH CGATT CGACT ' +
    'CGPADDR CCLK CTZU CSCLK CATR CRESET'
  ).split(' '),
);

/** Who the module is, its SIM, its network, its clock, and settings of the line. */
export const bringUpBehaviours: readonly Behaviour[] = [
  ...identityBehaviours,
  ...lineBehaviours,
  ...simBehaviours,
  ...networkBehaviours,
  ...packetDomainBehaviours,
];
