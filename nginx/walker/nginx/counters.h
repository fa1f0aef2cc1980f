/* nginx's own counters, ngx_stat_*. */
#ifndef HW_COUNTERS_H
#define HW_COUNTERS_H

#include "target/symbols.h"

#include <stdio.h>

enum { NCOUNTERS = 7 };	/* requests accepted handled active reading writing waiting */

struct counters {
	bool known;		/* false: this build has no stub_status module */
	uint64_t values[NCOUNTERS];
};

/* Read those of all workers: they lie in memory that the workers share. */
void counters_read(struct counters *c, const struct symbols *s, pid_t pid);
/* {"requests":n,...}, or null. */
void counters_json(FILE *out, const struct counters *c);

#endif
