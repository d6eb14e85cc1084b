// An element of a component is what the component renders; any other is a plain object.

export const jsx = (type, props) => (typeof type === 'function' ? type(props) : { type, props });
export const jsxs = jsx;
