// What counts as passed: an answer is held to what its column promises, and whatever is not such an answer has failed.

/** An answer that is no answer: the program threw there. */
function refusal({ refused }) {
  if (refused) throw new Error(`${refused.code ?? 'an error'}: ${refused.message}`);
}

function bits(found, expected) {
  if (typeof expected !== 'string' || expected.length !== 16) throw new Error('there are no bits to compare with');
  if (found !== expected) throw new Error(`other bits: ${found} where this Node gives ${expected}`);
}

const JUDGES = {
  /** All operations give the bits of this Node. */
  numbers(answer, { hash }) {
    refusal(answer);
    bits(answer.hash, hash);
  },

  /** Compiling is refused, by our error, which tells the cure. */
  refusal({ hash, refused }) {
    if (hash !== undefined) throw new Error('it ran where it should have been refused');
    if (refused?.code !== 'UNSUPPORTED') throw new Error(`refused by ${refused?.code}: ${refused?.message}`);
    if (!refused.message.includes("'wasm-unsafe-eval'")) throw new Error(`no cure is told: ${refused.message}`);
  },

  /** One operation gives its bits, and is smaller than all of them. */
  smaller(answer, { hashAlone }) {
    refusal(answer);
    bits(answer.hash, hashAlone);
    const { alone, whole } = answer.sizes;
    if (!(alone.raw > 0 && alone.raw < whole.raw)) {
      throw new Error(`nothing was left out: ${alone.raw} bytes of ${whole.raw}`);
    }
  },

  /** Nobody complains. */
  silence({ complaints }) {
    if (!Array.isArray(complaints)) throw new Error('there was no answer');
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  },
};

/** Throws unless `answer` is what `column` of `kind` promises. */
export function judge({ judge: by }, column, answer, project) {
  const name = typeof by === 'string' ? by : (by[column] ?? by.otherwise);
  JUDGES[name](answer, project);
}
