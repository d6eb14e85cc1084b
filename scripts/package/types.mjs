// TypeScript from the oldest that is supported to the newest: strict programs, under both ways of resolving packages.
import { complaints, PROGRAMS } from '../../tests/types/compile.mjs';
import { fileIn, need, versionOf } from './versions.mjs';

const COMPILERS = ['typescript-5.0', 'typescript-5.4', 'typescript-5.9', 'typescript-6.0', 'typescript-7.0'];

const compiler = (name) => ({
  name: name.replace('typescript-', 'TypeScript '),
  async open({ folder }) {
    await need(name);
    const tsc = fileIn(name, 'bin/tsc');
    const compiling = (program, resolution) => async () => {
      const said = [];
      for (const lib of PROGRAMS[program]) said.push(await complaints(tsc, folder, program, resolution, lib));
      return { complaints: said.filter(Boolean) };
    };
    const ways = {
      NodeNext: compiling('usage', 'NodeNext'),
      bundler: compiling('usage', 'bundler'),
      dom: compiling('dom', 'bundler'),
      using: compiling('using', 'NodeNext'),
    };
    if (name === 'typescript-5.0') delete ways.using;
    return { version: versionOf(name), ways };
  },
});

export const inCompilers = {
  key: 'types',
  title: 'TypeScript, strict',
  columns: { NodeNext: 'NodeNext', bundler: 'bundler', dom: 'with DOM', using: 'using' },
  judge: 'silence',
  places: COMPILERS.map(compiler),
};
