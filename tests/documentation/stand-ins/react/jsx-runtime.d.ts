// The types that JSX is compiled against.

export declare namespace JSX {
  export type Element = object;
  export interface IntrinsicElements {
    [name: string]: object;
  }
}
export function jsx(type: unknown, props: object): JSX.Element;
export function jsxs(type: unknown, props: object): JSX.Element;
