import { checkout } from './checkout.ts';
import { downloadArtifact } from './download-artifact.ts';
import type { StandInName } from './names.ts';
import { setupNode } from './setup-node.ts';
import type { StandIn } from './stand-in.ts';
import { uploadArtifact } from './upload-artifact.ts';

const STAND_INS: Readonly<Record<StandInName, StandIn>> = {
  'actions/checkout': checkout,
  'actions/upload-artifact': uploadArtifact,
  'actions/download-artifact': downloadArtifact,
  'actions/setup-node': setupNode,
};

export const standInFor = (name: StandInName): StandIn => STAND_INS[name];
