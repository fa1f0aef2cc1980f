#include "nginx/counters.h"

#include <inttypes.h>
#include <string.h>

static const char *const names[NCOUNTERS] = {"requests", "accepted", "handled", "active", "reading", "writing", "waiting"};

void counters_read(struct counters *c, const struct symbols *s, pid_t pid)
{
	char symbol[32];

	memset(c, 0, sizeof(*c));
	c->known = true;
	for (int i = 0; i < NCOUNTERS; i++) {
		uint64_t cell;

		snprintf(symbol, sizeof(symbol), "ngx_stat_%s", names[i]);
		cell = memory_word(pid, symbols_find(s, symbol));	/* each is a pointer into shared memory */
		if (cell == 0 || memory_read(pid, raddr(cell), &c->values[i], 8) != 0)
			c->known = false;
	}
}

void counters_json(FILE *out, const struct counters *c)
{
	if (!c->known) {
		fputs("null", out);
		return;
	}
	for (int i = 0; i < NCOUNTERS; i++)
		fprintf(out, "%s\"%s\":%" PRIu64, i ? "," : "{", names[i], c->values[i]);
	fputc('}', out);
}
