/** The options that were given: a key whose value is undefined must not displace a default when options are spread. */
export function dropUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
}
