#include "malloc/garbage.h"
#include "base/line.h"

#include <inttypes.h>

enum { SHOWN = 16 };

/* The most bytes first; texts decide where numbers do not, which is the order they are in already. */
static const struct cdata_kind *next_largest(const struct cdata_kinds *k, const struct cdata_kind *last)
{
	const struct cdata_kind *best = NULL;

	for (uint32_t i = 0; i < k->count; i++) {
		const struct cdata_kind *one = &k->list[i];
		const bool told = last && (one->malloc.bytes > last->malloc.bytes || (one->malloc.bytes == last->malloc.bytes && one <= last));

		if (!told && (!best || one->malloc.bytes > best->malloc.bytes))
			best = one;
	}
	return best;
}

static void write_kind(struct line *l, const struct trie *names, const struct cdata_kind *one)
{
	line_text(l, "[");
	cdata_name(l, names, one->type);
	line_text(l, ",");
	cdata_name(l, names, one->finalizer);
	line_text(l, ",");
	line_number(l, one->objects);
	line_text(l, ",");
	line_number(l, one->malloc.objects);
	line_text(l, ",");
	line_number(l, one->malloc.bytes);
	line_text(l, "]");
}

void garbage_write(FILE *out, struct garbage *g)
{
	const struct cdata_kind *one = NULL;
	struct line l;

	cdata_settle(&g->kinds, NULL);
	fprintf(out, "{\"finalizable\":[%" PRIu64 ",%" PRIu64 "],\"other\":[%" PRIu64 ",%" PRIu64 "],\"ctypes\":[", g->finalizable.objects,
		g->finalizable.bytes, g->other.objects, g->other.bytes);
	line_begin(&l, out);
	for (int i = 0; i < SHOWN && (one = next_largest(&g->kinds, one)); i++) {
		if (i > 0)
			line_text(&l, ",");
		write_kind(&l, &g->kinds.names, one);
	}
	line_text(&l, "]}");
	line_end(&l);
}

void garbage_free(struct garbage *g)
{
	cdata_free(&g->kinds);
}
