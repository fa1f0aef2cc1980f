#include "fill.h"

#include <stdlib.h>
#include <string.h>

static void add_totals(struct rows *r, const char *used_name, const char *free_name, const struct malloc_totals *t, const char *how)
{
	struct row *row;

	if (t->used == 0 && t->free == 0)
		return;
	row = row_add(r, "malloc", used_name, how);
	row->bytes = (int64_t)t->used_resident;
	row->has_used = true;
	row->used = t->used;
	row_add(r, "malloc", free_name, how)->bytes = (int64_t)t->free_resident;
}

void add_malloc(struct rows *r, struct claims *c, struct image *im, const struct libc_data *libc)
{
	static const char by_chunks[] = "glibc's chunk headers, less its thread cache and fast bins";
	static const char without_bins[] = "glibc's chunk headers; chunks in fast bins count as in use";
	struct glibc *g = malloc(sizeof(*g));
	uint64_t start = 0, end = 0, sizes;

	if (!g) {
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < c->areas->count; i++) {
		const struct mapping *m = &c->areas->list[i].m;

		if (strcmp(m->path, "[heap]") != 0)
			continue;
		start = start ? start : m->start;
		end = m->end;
	}
	glibc_walk(g, im, c->pages, start, end, libc);
	if (g->main_known) {
		claim(c, g->main_span.start, g->main_span.end);
		add_totals(r, "main arena, in use", "main arena, free", &g->main, g->bins_known ? by_chunks : without_bins);
	}
	c->bytes = 0;
	for (size_t i = 0; i < g->nspans; i++)
		claim(c, g->spans[i].start, g->spans[i].end);
	g->others.free_resident = c->bytes - g->others.used_resident;	/* with the heads of the heaps */
	add_totals(r, "other arenas, in use", "other arenas, free", &g->others, "glibc's chunk headers; chunks in threads' caches count as in use");
	free(g);
	c->bytes = 0;
	sizes = claim_large(c, im, glibc_large_block);
	if (sizes) {
		struct row *row = row_add(r, "malloc", "large blocks, in use", "glibc's chunk headers of mappings of their own");

		row->bytes = (int64_t)c->bytes;
		row->has_used = true;
		row->used = sizes;
	}
}
