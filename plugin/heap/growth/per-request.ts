/** Four digits after the first: exact enough to compare, short enough to read. */
export function perRequest(amount: number, requests: number): number {
  return requests > 0 ? Number((amount / requests).toPrecision(5)) : 0
}
