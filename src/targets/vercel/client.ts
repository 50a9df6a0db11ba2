/**
 * The two rooms of Vercel's client that are used, below its front door. A bundle of its own: together they
 * weigh more than the rest of the target, and a promote or a rollback never asks for them.
 */
export { checkDeploymentStatus } from '@vercel/client/dist/check-deployment-status.js';
export { deploy } from '@vercel/client/dist/deploy.js';
