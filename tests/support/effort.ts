// How much the property-based suites try: bounded by default, and as much as is useful when a full run is asked for.
export const full = process.env.NORMLAYERS_EFFORT === 'full';
export const effort = (bounded: number, fullCount: number) => (full ? fullCount : bounded);
