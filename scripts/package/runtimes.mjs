// Node in every version that is supported, Deno and Bun: the package by import, by require, and by its core.
import { join } from 'node:path';
import { commandLines } from '../lib/runtimes.mjs';
import { workerd } from './workerd.mjs';

const onCommandLine = ({ name, open }) => ({
  name,
  async open({ folder }) {
    const { version, evaluate } = await open();
    const running = (file) => () => evaluate(join(folder, file), folder);
    return {
      version,
      ways: {
        import: running('root.mjs'),
        require: running('required.cjs'),
        core: running('core-file.mjs'),
      },
    };
  },
});

export const inRuntimes = {
  key: 'runtimes',
  title: 'Runtimes',
  columns: { import: 'import', require: 'require', core: 'core', bytes: 'refuses bytes' },
  judge: { bytes: 'refusal', otherwise: 'numbers' },
  places: [...commandLines.map(onCommandLine), workerd],
};
