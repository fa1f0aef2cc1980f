#include "footprint/malloc-memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* -- Claiming ------------------------------------------------------------ */

static void add_span(void *context, uint64_t start, uint64_t end)
{
	blocks_add_span(context, start, end);
}

static void add_chunk(void *context, uint64_t chunk, uint64_t size)
{
	blocks_add(context, chunk, size);
}

/* The brk heap, whose mappings may be several. */
static void find_heap(const struct areas *areas, uint64_t *start, uint64_t *end)
{
	*start = *end = 0;
	for (size_t i = 0; i < areas->count; i++) {
		const struct mapping *m = &areas->list[i].m;

		if (strcmp(m->path, "[heap]") != 0)
			continue;
		*start = *start ? *start : m->start;
		*end = m->end;
	}
}

static void claim_large_blocks(struct malloc_memory *mm, struct claims *c, struct image *im, struct blocks *blocks)
{
	const size_t known = c->count;

	c->bytes = 0;
	mm->large.used = claims_add_large(c, im, glibc_large_block);
	mm->large.used_resident = c->bytes;
	for (size_t i = known; i < c->count; i++)
		blocks_add_whole(blocks, c->list[i].start, c->list[i].end - c->list[i].start);
}

static void claim_arenas(struct malloc_memory *mm, const struct glibc *g, struct claims *c)
{
	if (g->main_known)
		claims_add(c, g->main_span.start, g->main_span.end);
	c->bytes = 0;
	for (size_t i = 0; i < g->nspans; i++)
		claims_add(c, g->spans[i].start, g->spans[i].end);
	mm->main = g->main;
	mm->others = g->others;
	mm->others.free_resident = c->bytes - g->others.used_resident;	/* with the heads of the heaps */
	mm->main_state = g->main_state;
	mm->main_known = g->main_known;
	mm->bins_known = g->bins_known;
}

void malloc_memory_claim(struct malloc_memory *mm, const struct musl_memory *from, const struct libc_data *libc, struct blocks *blocks)
{
	const struct chunk_listener listener = {add_span, add_chunk, blocks};
	struct claims *c = from->claims;
	struct glibc *g = malloc(sizeof(*g));
	uint64_t start, end;

	memset(mm, 0, sizeof(*mm));
	if (!g) {
		mm->failed = true;
		return;
	}
	find_heap(c->areas, &start, &end);
	glibc_walk(g, from->im, c->pages, start, end, libc, &listener);
	claim_arenas(mm, g, c);
	if (!g->main_known)
		musl_walk(&mm->musl, from, blocks);
	if (!mm->musl.known)
		claim_large_blocks(mm, c, from->im, blocks);
	mm->failed = g->failed || mm->musl.failed;
	free(g);
}

/* -- Rows ---------------------------------------------------------------- */

static void add_totals(struct rows *r, const char *used_name, const char *free_name, const struct malloc_totals *t, const char *how)
{
	struct row *row;

	if (t->used == 0 && t->free == 0)
		return;
	row = rows_add(r, "malloc", used_name, how);
	row->bytes = (int64_t)t->used_resident;
	row->has_used = true;
	row->used = t->used;
	rows_add(r, "malloc", free_name, how)->bytes = (int64_t)t->free_resident;
}

void malloc_memory_add_rows(struct rows *r, const struct malloc_memory *mm)
{
	static const char by_chunks[] = "glibc's chunk headers, less its threads' caches and fast bins";
	static const char without_bins[] = "glibc's chunk headers; chunks in fast bins count as in use";
	static const char by_groups[] = "musl's own lists of its groups and their slots";
	struct row *row;

	if (mm->musl.known) {
		add_totals(r, "musl's groups, in use", "musl's groups, free", &mm->musl.totals, by_groups);
		rows_add(r, "malloc", "musl's lists of groups, free", by_groups)->bytes = (int64_t)mm->musl.lists_resident;
	}
	if (mm->main_known)
		add_totals(r, "main arena, in use", "main arena, free", &mm->main, mm->bins_known ? by_chunks : without_bins);
	add_totals(r, "other arenas, in use", "other arenas, free", &mm->others, by_chunks);
	if (mm->large.used == 0)
		return;
	row = rows_add(r, "malloc", "large blocks, in use", "glibc's chunk headers of mappings of their own");
	row->bytes = (int64_t)mm->large.used_resident;
	row->has_used = true;
	row->used = mm->large.used;
}

/* -- Free chunks --------------------------------------------------------- */

static void write_arena(FILE *out, const char *name, const struct malloc_totals *t)
{
	fprintf(out, "{\"name\":\"%s\",\"used\":%" PRIu64 ",", name, t->used);
	free_chunks_json(out, &t->chunks);
	fputc('}', out);
}

void malloc_memory_write_arenas(FILE *out, const struct malloc_memory *mm)
{
	if (!mm->main_known)
		return;
	fputs(",\"arenas\":[", out);
	write_arena(out, "main arena", &mm->main);
	if (mm->others.used || mm->others.free) {
		fputc(',', out);
		write_arena(out, "other arenas", &mm->others);
	}
	fputc(']', out);
}

/* -- Other allocators ---------------------------------------------------- */

const char *malloc_memory_foreign(const struct malloc_memory *mm, const struct areas *areas)
{
	static const char *const foreign[][2] = {{"jemalloc", "jemalloc"}, {"tcmalloc", "tcmalloc"}, {"mimalloc", "mimalloc"}, {"ld-musl-", "musl"}};

	for (size_t k = 0; k < sizeof(foreign) / sizeof(foreign[0]); k++)
		for (size_t i = 0; i < areas->count; i++)
			if (strstr(area_file(&areas->list[i]), foreign[k][0]))
				return strcmp(foreign[k][1], "musl") == 0 && mm->musl.known ? NULL : foreign[k][1];
	return NULL;
}
