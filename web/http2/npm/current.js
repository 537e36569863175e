'use strict';
module.exports = require('./lib.js').current;
