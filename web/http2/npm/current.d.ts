// Node 20's http2. The types are those of @types/node where it has them.
import * as http2 from 'http2';

declare const framewise: typeof http2;
export = framewise;
