'use strict';
module.exports = require('./lib.js').seed;
