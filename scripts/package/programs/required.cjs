// From CommonJS, where the runtime lets an ES module be required.
const normlayers = require('normlayers');
const { answer } = require('./answer.mjs');

module.exports = () => answer(normlayers);
