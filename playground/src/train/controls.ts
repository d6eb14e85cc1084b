// What can be chosen before and during a training.
import { NORMS, type NormKind } from '../../../examples/digits/nets/norm.ts';
import { h, set, write } from '../dom.ts';
import { NET_NAMES, title } from './names.ts';
import { type Choice, NETS, type NetKind } from './protocol.ts';

/** More nets at once would neither fit side by side nor train fast enough to watch. */
export const MOST = 4;

const RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

/** At this rate the net without a norm fails, and the others do not. */
const START: Choice = { net: 'convolutions', norms: ['none', 'batch', 'layer'], rate: 1 };

/** Without space to normalize over, instance norm has nothing to do. */
const able = (net: NetKind, norm: NormKind) => net === 'convolutions' || norm !== 'instance';

export interface ControlEvents {
  chosen(choice: Choice): void;
  toggled(): void;
  reset(): void;
}

export interface Controls {
  readonly element: HTMLElement;
  readonly choice: Choice;
  running(running: boolean): void;
  enable(able: boolean): void;
}

export function controls({ chosen, toggled, reset }: ControlEvents): Controls {
  const net = h(
    'select',
    { id: 'net' },
    ...NETS.map((kind) => h('option', { value: kind, selected: kind === START.net }, NET_NAMES[kind])),
  );
  const rate = h('input', {
    type: 'range',
    id: 'rate',
    min: 0,
    max: RATES.length - 1,
    value: RATES.indexOf(START.rate),
  });
  const rateShown = h('output', { for: 'rate' });
  const boxes = new Map(
    NORMS.map((norm) => [norm, h('input', { type: 'checkbox', value: norm, checked: START.norms.includes(norm) })]),
  );
  const toggle = h('button', { type: 'button', class: 'primary' }, 'Train');
  const again = h('button', { type: 'button' }, 'Reset');

  const choice = (): Choice => {
    const kind = net.value as NetKind;
    return {
      net: kind,
      norms: NORMS.filter((norm) => boxes.get(norm)!.checked && able(kind, norm)),
      rate: RATES[rate.valueAsNumber]!,
    };
  };
  /** One to four nets: boxes that would break that cannot be used. */
  const settle = () => {
    const { net: kind, norms, rate: value } = choice();
    for (const [norm, box] of boxes) {
      const last = norms.length === 1 && norms[0] === norm;
      box.disabled = last || !able(kind, norm) || (norms.length >= MOST && !norms.includes(norm));
    }
    write(rateShown, String(value));
    set(rate, { 'aria-valuetext': String(value) });
  };
  const changed = () => {
    const none = choice().norms.length === 0;
    if (none) boxes.get('none')!.checked = true;
    settle();
    chosen(choice());
  };
  net.addEventListener('change', changed);
  rate.addEventListener('input', changed);
  for (const box of boxes.values()) box.addEventListener('change', changed);
  toggle.addEventListener('click', toggled);
  again.addEventListener('click', reset);
  settle();

  return {
    element: h(
      'div',
      { class: 'controls' },
      h(
        'fieldset',
        { class: 'norms' },
        h('legend', {}, `Nets to train side by side, up to ${['', 'one', 'two', 'three', 'four'][MOST]}`),
        ...[...boxes].map(([norm, box]) =>
          h('label', { style: `--of:var(--${norm})` }, box, h('span', { class: 'named' }, title(norm))),
        ),
      ),
      h('div', { class: 'field' }, h('label', { for: 'net' }, 'Net'), net),
      h('div', { class: 'field' }, h('label', { for: 'rate' }, 'Learning rate ', rateShown), rate),
      h('div', { class: 'buttons' }, toggle, again),
    ),
    get choice() {
      return choice();
    },
    running: (running) => write(toggle, running ? 'Pause' : 'Train'),
    enable(on) {
      toggle.disabled = !on;
      again.disabled = !on;
    },
  };
}
