// All of the core, for comparison.
export * from 'normlayers/core';
