// All of the root, for comparison.
export * from 'normlayers';
