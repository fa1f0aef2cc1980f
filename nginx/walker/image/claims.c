#include "image/claims.h"
#include "base/page.h"
#include "base/list.h"

#include <stdlib.h>
#include <string.h>

void claims_add(struct claims *c, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	if (!LIST_HAS_ROOM(c->list, c->count, c->room)) {
		c->failed = true;
		return;
	}
	c->list[c->count++] = (struct claim){start, end};
	for (size_t i = 0; i < c->areas->count; i++) {
		struct area *a = &c->areas->list[i];
		uint64_t from = start > a->m.start ? start : a->m.start, to = end < a->m.end ? end : a->m.end;

		if (from < to && area_in_image(a)) {
			uint64_t resident = pages_resident(c->pages, from, to);

			a->claimed += resident;
			c->bytes += resident;
		}
	}
}

static int by_start(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

struct claim *claims_sorted(const struct claims *c)
{
	struct claim *sorted = malloc((c->count + 1) * sizeof(*sorted));

	if (!sorted)
		return NULL;
	if (c->count)
		memcpy(sorted, c->list, c->count * sizeof(*sorted));
	qsort(sorted, c->count, sizeof(*sorted), by_start);
	return sorted;
}

bool claims_gap(struct gaps *g, uint64_t *at, uint64_t end, struct claim *gap)
{
	if (g->reach < *at)
		g->reach = *at;
	for (; g->next < g->count && g->sorted[g->next].start <= g->reach; g->next++)
		if (g->sorted[g->next].end > g->reach)
			g->reach = g->sorted[g->next].end;
	*at = g->reach;
	if (*at >= end)
		return false;
	*gap = (struct claim){*at, g->next < g->count && g->sorted[g->next].start < end ? g->sorted[g->next].start : end};
	*at = gap->end;
	return true;
}

uint64_t claims_add_large(struct claims *c, struct image *im, block_at_fn block_at)
{
	const size_t known = c->count;
	struct claim *sorted = claims_sorted(c);
	uint64_t sizes = 0;
	size_t next = 0;

	if (!sorted) {
		c->failed = true;
		return 0;
	}
	for (size_t i = 0; i < c->areas->count; i++) {
		const struct mapping m = c->areas->list[i].m;

		if (!area_in_image(&c->areas->list[i]))
			continue;
		for (uint64_t at = m.start; at < m.end;) {
			const struct region *r = image_region(im, at);
			uint64_t limit, size;

			if (!r)
				break;
			if (at < r->start) {
				at = r->start;
				continue;
			}
			while (next < known && sorted[next].end <= at)
				next++;
			if (next < known && sorted[next].start <= at) {
				at = page_up(sorted[next].end);
				continue;
			}
			limit = next < known && sorted[next].start < m.end ? sorted[next].start : m.end;
			size = pages_resident(c->pages, at, at + 1) ? block_at(im, at, limit) : 0;
			if (size) {
				claims_add(c, at, at + size);
				sizes += size;
			}
			at += size ? size : PAGE;
		}
	}
	free(sorted);
	return sizes;
}
