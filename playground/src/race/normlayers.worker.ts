// One side of the race: this library, as the benchmark calls it.
import subject from '../../../bench/subjects/normlayers.mjs';
import { answerFor } from './answer.ts';

answerFor(subject);
