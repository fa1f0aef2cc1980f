#include "malloc/garbage.h"
#include "base/json.h"

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

static void write_kind(FILE *out, const struct trie *names, const struct cdata_kind *one)
{
	fputc('[', out);
	cdata_name(out, names, one->type);
	fputc(',', out);
	cdata_name(out, names, one->finalizer);
	fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", one->objects, one->malloc.objects, one->malloc.bytes);
}

void garbage_write(FILE *out, struct garbage *g)
{
	const struct cdata_kind *one = NULL;

	cdata_settle(&g->kinds, NULL);
	fprintf(out, "{\"finalizable\":[%" PRIu64 ",%" PRIu64 "],\"other\":[%" PRIu64 ",%" PRIu64 "],\"ctypes\":[", g->finalizable.objects,
		g->finalizable.bytes, g->other.objects, g->other.bytes);
	for (int i = 0; i < SHOWN && (one = next_largest(&g->kinds, one)); i++) {
		if (i > 0)
			fputc(',', out);
		write_kind(out, &g->kinds.names, one);
	}
	fputs("]}", out);
}

void garbage_free(struct garbage *g)
{
	cdata_free(&g->kinds);
}
