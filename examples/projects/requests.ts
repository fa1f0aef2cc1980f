/** What clients ask of the shop, by share. More products than its cache holds, so that it has to throw some out. */
export const requests = [
  { name: 'product', path: '/products/{random:1-500}', weight: 9 },
  { name: 'cart', method: 'POST', path: '/carts/{random:1-50}', body: '{ "product": {random:1-500} }', weight: 1 },
]
