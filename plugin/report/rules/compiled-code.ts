import { escaped } from '../../base/escape.js'
import { percent, plural, size } from '../../base/number.js'
import { detailsOf } from '../../process/details.js'
import { NOTABLE, type Rule } from './unusual.js'

/** Traces and machine code that are a notable part of the memory. */
export const compiledCode: Rule = (snapshot) =>
  detailsOf(snapshot)
    .vms.filter(({ code }) => code.traceBytes + code.mcodeBytes > NOTABLE * snapshot.process.rss)
    .map(({ vm, code: { traces, traceBytes, mcodeBytes } }) => ({
      says: `Compiled code of the ${escaped(vm)} VM takes ${size(traceBytes + mcodeBytes)}, ${percent((traceBytes + mcodeBytes) / snapshot.process.rss)}: ${plural(traces, 'trace')}.`,
      remedy:
        'It is bounded by the options maxtrace and maxmcode of jit.opt. Code that is loaded or made anew for each request is compiled anew, too: make it once.',
      vm,
    }))
