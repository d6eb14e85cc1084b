// Jest runs the tests as native ES modules against the built package (see scripts/test.mjs for the Node flag).
export default {
  // Of two cores jest would leave one idle.
  maxWorkers: '100%',
  testEnvironment: '<rootDir>/tests/support/environment.mjs',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/target/', '<rootDir>/.cache/', '<rootDir>/crates/'],
};
