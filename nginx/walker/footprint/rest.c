#include "footprint/rest.h"
#include "footprint/code-rows.h"
#include "footprint/malloc-memory.h"

#include <string.h>

static void add_zone(struct rows *r, const struct zone *z, uint64_t rss)
{
	struct row *row = rows_add(r, "shm", z->name, z->slab ? "Rss of its mapping; used and free as its slab pool counts" : "Rss of its mapping");

	row->zone = z;
	row->bytes = (int64_t)rss;
}

static void add_shared(struct rows *r, const struct zones *zones, const struct area *a)
{
	for (size_t i = 0; i < zones->count; i++) {
		if (zones->list[i].start == a->m.start) {
			add_zone(r, &zones->list[i], a->rss);
			return;
		}
	}
	rows_of(r, "other", "other shared memory", "Rss of shared mappings that are no zone")->bytes += (int64_t)a->rss;
}

/* All memory of an allocator that cannot be walked is one row. */
static const char *whole_allocator(const struct malloc_memory *mm, const struct areas *areas)
{
	static const char *const rows[][2] = {{"jemalloc", "jemalloc's memory, used and free"}, {"tcmalloc", "tcmalloc's memory, used and free"},
					      {"mimalloc", "mimalloc's memory, used and free"}, {"musl", "musl's memory, used and free"}};
	const char *name = malloc_memory_foreign(mm, areas);

	for (size_t k = 0; name && k < sizeof(rows) / sizeof(rows[0]); k++)
		if (strcmp(name, rows[k][0]) == 0)
			return rows[k][1];
	return NULL;
}

void rest_add_rows(struct rows *r, const struct zones *zones, const struct areas *areas, const struct malloc_memory *mm)
{
	const char *whole = whole_allocator(mm, areas);

	for (size_t i = 0; i < areas->count; i++) {
		const struct area *a = &areas->list[i];
		const int64_t left = (int64_t)a->rss - (int64_t)a->claimed;

		if (a->m.shared)
			add_shared(r, zones, a);
		else if (area_is_anonymous(a) && whole)
			rows_of(r, "malloc", whole, "Rss of anonymous mappings that nothing else claims")->bytes += left;
		else if (strcmp(a->m.path, "[heap]") == 0)
			rows_of(r, "malloc", "brk heap, used and free", "Rss; its chunk headers could not be followed to the end")->bytes += left;
		else if (area_is_anonymous(a))
			rows_of(r, "other", "other anonymous memory", "Rss of private mappings that nothing else claims")->bytes += left;
		else if (strcmp(a->m.path, "[stack]") == 0)
			rows_of(r, "stack", "main stack", "Rss of its mapping")->bytes += left;
		else if (a->m.inode != 0 && area_is_code(a, areas))
			code_rows_of(r, a, a->m.writable)->bytes += left;
		else if (a->m.inode != 0)
			rows_of(r, "other", "mapped files", "Rss of files that are no code")->bytes += left;
		else
			rows_of(r, "other", "the kernel's pages (vdso)", "Rss of its mappings")->bytes += left;
	}
}
