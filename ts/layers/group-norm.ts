// Group norm as a layer.

import type { NamesOf } from '../arguments.js';
import { valueError } from '../errors.js';
import { checkCount } from '../operations/checks.js';
import { GROUP_NORM } from '../operations/group-norm.js';
import type { SavedState } from '../operations/saved.js';
import type { Exactly } from '../operations/types.js';
import type { Tensor } from '../tensor/types.js';
import { NormLayer, type Tensors } from './base.js';
import { checkChannels } from './channels.js';
import { type ChannelConfig, type Kind, readConfig } from './config.js';
import type { GroupNormOptions, Layer, LayerOptions, OptionOr, Parameter, ParameterIf } from './types.js';

const OPTIONS: NamesOf<Omit<GroupNormOptions, keyof LayerOptions>> = { affine: 1, channelAxis: 1 };

const KIND: Kind = {
  operation: GROUP_NORM,
  optionNames: OPTIONS,
  eps: 'group',
  affineOption: 'affine',
  affine: () => true,
  affineShifts: true,
  tracks: null,
};

class GroupNormLayer extends NormLayer<ChannelConfig> {
  static override readonly name = 'GroupNorm';

  readonly #numGroups: number;

  constructor(numGroups: number, numChannels: number, options?: GroupNormOptions) {
    const groups = checkCount(numGroups, 'numGroups');
    const channels = checkCount(numChannels, 'numChannels');
    if (channels % groups !== 0) {
      throw valueError(`num_channels (${channels}) must be divisible by num_groups (${groups})`);
    }
    super(readConfig(options, KIND, Object.freeze([channels])));
    this.#numGroups = groups;
  }

  get numGroups(): number {
    return this.#numGroups;
  }

  get numChannels(): number {
    return this.config.parameterShape[0] as number;
  }

  get channelAxis(): number {
    return this.config.channelAxis;
  }

  protected override argument(): number {
    return this.numGroups;
  }

  protected override sizes(): string {
    return `${this.numGroups}, ${this.numChannels}`;
  }

  protected override checkInput(x: Tensor): void {
    const { scale, shift, channelAxis } = this.config;
    if (!scale && !shift) checkChannels(x, channelAxis, this.numChannels, 'numChannels');
  }

  protected override options({ weight, bias }: Tensors, out: unknown, reuse: SavedState | null): object {
    const { eps, channelAxis } = this.config;
    return { weight, bias, eps, channelAxis, out, reuse };
  }
}

/** A layer that does {@link groupNorm}. */
export interface GroupNorm<W extends Parameter | null = Parameter, B extends Parameter | null = Parameter>
  extends Layer<W, B, null> {
  readonly numGroups: number;
  readonly numChannels: number;
  /** Where x has its channels: 1 or -1. */
  readonly channelAxis: number;
}

type Switched<O> = OptionOr<O, 'affine', true>;

/** Makes a {@link GroupNorm}. */
export interface GroupNormConstructor {
  /**
   * Group normalization (Wu & He 2018) of `numChannels` channels in `numGroups` groups.
   *
   * @param numGroups must divide `numChannels`
   * @param numChannels the extent of the channel axis of x
   * @param options `eps` (1e-5), `affine` (true: weight and bias [C]), `channelAxis` (1; -1 for channels last), `scale`,
   * `shift`, `preset`, `runtime`
   *
   * @throws TypeError or RangeError for arguments and options of another type or range, and for groups that do not
   * divide the channels
   */
  new <const O extends GroupNormOptions = Record<never, never>>(
    numGroups: number,
    numChannels: number,
    options?: Exactly<O, GroupNormOptions>,
  ): GroupNorm<ParameterIf<OptionOr<O, 'scale', Switched<O>>>, ParameterIf<OptionOr<O, 'shift', Switched<O>>>>;
  readonly prototype: GroupNorm<Parameter | null, Parameter | null>;
}

/**
 * Group normalization (Wu & He 2018) of `numChannels` channels in `numGroups` groups, with weight and bias [C].
 *
 * @example
 * const norm = new GroupNorm(32, 64);
 */
export const GroupNorm: GroupNormConstructor = GroupNormLayer as unknown as GroupNormConstructor;
