// What web/build bundles into lib.js of the package: both entries on one engine.
import seed from '../seed.js';
import current from '../current.js';

export { seed, current };
