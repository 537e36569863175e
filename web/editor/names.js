// What completion offers: the names of the API's description with its own words
// (api.json), and the module's constants.
import api from './api.json';
import { seedConstants } from '../http2/constants.js';

export default [...api, ...Object.keys(seedConstants).map((label) => ({ of: 'constants', type: 'constant', label, detail: `${seedConstants[label]}`, info: '' }))];
