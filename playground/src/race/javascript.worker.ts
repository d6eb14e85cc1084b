// The other side of the race: the benchmark's JavaScript, in an isolate into which no WebAssembly comes.
import subject from '../../../bench/subjects/pure-js.mjs';
import { answerFor } from './answer.ts';

answerFor(subject);
