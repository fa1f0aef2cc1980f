/** `1.2 ms`, `56 ms` */
export function millisText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** `0.03 %`: two digits, since the share of a pause is small. */
export function shareText(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`
}

/** What a look leaves where the process could not collect its clone, by their numbers. */
export function zombieText(pid: number, zombie: number): string {
  return `process ${pid} was too busy to collect its clone, ${zombie}, which stays in the list of processes, without memory, until ${pid} ends`
}
