// The corpus as a program for any runtime: its default export answers with the hashes, and carries all it needs.
import { answer, read } from './corpus.ts';

/** The text of corpus.txt, put in when the program is bundled: not every runtime reads files. */
declare const CORPUS: string;

export default () => answer(read(CORPUS));
